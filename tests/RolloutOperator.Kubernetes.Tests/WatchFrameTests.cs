using System.Text.Json;
using k8s.Models;
using RolloutOperator.Kubernetes.Errors;
using RolloutOperator.Kubernetes.Watching;

namespace RolloutOperator.Kubernetes.Tests;

public class WatchFrameTests
{
    [Theory]
    [InlineData("ADDED", WatchEventType.Added)]
    [InlineData("MODIFIED", WatchEventType.Modified)]
    [InlineData("DELETED", WatchEventType.Deleted)]
    public void An_event_has_its_type_and_its_object(string type, WatchEventType expected)
    {
        WatchEvent<string> read = Read(Answers.Frame(type, "web")).Event;
        Assert.Equal(new WatchEvent<string>(expected, null, "web"), read);
    }

    [Theory]
    [InlineData("""{"object":{"metadata":{"name":"web"}},"type":"DELETED"}""")]
    [InlineData("""{"before":[{"type":"ADDED"}],"type":"DELETED","between":{"object":{}},"object":{"metadata":{"name":"web"}},"after":null}""")]
    [InlineData("""  {"type" : "DELETED" , "object" : {"spec":[[{}]],"metadata":{"name":"web"},"z":{}}}  """)]
    [InlineData("""{"object":{"type":"ADDED","metadata":{"name":"web"}},"x":1,"type":"\u0044ELETED"}""")]
    public void The_order_of_members_and_unknown_ones_do_not_matter(string line) =>
        Assert.Equal(new WatchEvent<string>(WatchEventType.Deleted, null, "web"), Read(line).Event);

    [Theory]
    [InlineData("""{"type":"BOOKMARK","object":{"kind":"ConfigMap","metadata":{"annotations":{"resourceVersion":"1"},"resourceVersion":"77"}}}""")]
    [InlineData("""{"object":{"metadata":{"resourceVersion":"77","x":[1]},"spec":{"metadata":{"resourceVersion":"2"}}},"type":"BOOKMARK"}""")]
    public void A_bookmark_is_read_without_the_object_reader(string line)
    {
        WatchEvent<string> read = WatchFrame.Read<string>(line.Utf8(), (ref Utf8JsonReader _) => throw new InvalidOperationException("not to be called")).Event;
        Assert.Equal(new WatchEvent<string>(WatchEventType.Bookmark, "77", null), read);
    }

    [Fact]
    public void An_error_gives_its_status()
    {
        WatchFrame.Frame<string> frame = Read("""{"type":"ERROR","object":{"kind":"Status","metadata":{},"status":"Failure","message":"too old","reason":"Expired","details":{"retryAfterSeconds":3,"causes":[{}]},"code":410}}""");
        V1Status error = frame.Error!;
        Assert.Equal((410, "Expired", "too old", 3), (error.Code, error.Reason, error.Message, error.Details.RetryAfterSeconds));
    }

    [Theory]
    [InlineData("""{"type":"SURPRISE","object":{}}""", "the event's type is unknown")]
    [InlineData("""{"type":7,"object":{}}""", "the event's type is not of the expected type")]
    [InlineData("""{"object":{}}""", "the event has no type")]
    [InlineData("""{"type":"ADDED"}""", "the event has no object")]
    [InlineData("""{"type":"ADDED","object":[]}""", "the object is not of the expected type")]
    [InlineData("""{"type":"BOOKMARK","object":{"metadata":{}}}""", "the bookmark has no resourceVersion")]
    [InlineData("""[]""", "it is not a JSON object")]
    public void A_frame_that_is_not_an_event_is_refused(string line, string message) =>
        Assert.Equal(message, Assert.Throws<MalformedResponseException>(() => Read(line)).Message);

    [Theory]
    [InlineData("""{"type":"ADDED","object":{"metadata":{"name":"web"}}} {}""")]
    [InlineData("""{"type":"ADDED","object":{"metadata":{"name":"web"}}""")]
    [InlineData("""{"type":"ADDED","object":{"metadata":{"name":"we""")]
    [InlineData("""{"type":"ADDED","object":{"metadata":{"name":"web"}},}""")]
    public void A_frame_that_is_not_json_is_refused(string line) => Assert.ThrowsAny<JsonException>(() => Read(line));

    [Fact]
    public void Each_beginning_of_a_frame_is_refused()
    {
        byte[] line = Answers.Frame("ADDED", "web").TrimEnd().Utf8();
        for (int length = 0; length < line.Length; length++)
        {
            Assert.ThrowsAny<JsonException>(() => WatchFrame.Read<string>(line.AsSpan(0, length), Answers.Name));
        }
    }

    [Fact]
    public void A_reader_that_stops_early_is_detected() =>
        Assert.Throws<InvalidOperationException>(() => WatchFrame.Read(Answers.Frame("ADDED", "web").Utf8(), (ref Utf8JsonReader reader) => reader.Read()));

    [Fact]
    public void An_object_may_nest_deeper_than_the_serializer_allows()
    {
        string deep = string.Concat(Enumerable.Repeat("[", 300)) + string.Concat(Enumerable.Repeat("]", 300));
        Assert.Equal(1, WatchFrame.Read($$$"""{"type":"ADDED","object":{"spec":{{{deep}}}}}""".Utf8(), Answers.Drop).Event.Object);
    }

    private static WatchFrame.Frame<string> Read(string line) => WatchFrame.Read<string>(line.Utf8(), Answers.Name);
}
