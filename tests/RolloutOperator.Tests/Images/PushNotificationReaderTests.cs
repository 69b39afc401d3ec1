using System.Text;
using System.Threading.Channels;
using RolloutOperator.Images;

namespace RolloutOperator.Tests.Images;

public sealed class PushNotificationReaderTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "RolloutOperator.Tests", "Images", "notifications");

    public static TheoryData<string> Cases => [.. Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Trait("Image", "notifications")]
    [Theory]
    [MemberData(nameof(Cases))]
    public void A_notification_names_images(string name)
    {
        var images = PushNotificationReader.Read(File.ReadAllBytes(Path.Combine(Folder, name + ".json")));
        Assert.Equal(File.ReadAllLines(Path.Combine(Folder, name + ".txt")), images.Select(image => $"{image.Host} {image.Repository} {image.Tag}"));
    }

    [Fact]
    public void One_notification_names_a_limited_number_of_images()
    {
        var events = string.Join(',', Enumerable.Range(0, 1000).Select(i => $$$"""{"action":"push","target":{"repository":"app","tag":"{{{i}}}"} }"""));
        Assert.Equal(PushNotificationReader.MostImages, PushNotificationReader.Read(Encoding.UTF8.GetBytes($$"""{"events":[{{events}}]}""")).Length);
    }

    [Fact]
    public void Its_images_become_events()
    {
        var events = Channel.CreateUnbounded<ImageEvent>();
        var reader = new PushNotificationReader(events);
        Assert.True(reader.Accept("""{"image":"a.example/app:1"}"""u8.ToArray()));
        Assert.False(reader.Accept("""{"image":7}"""u8.ToArray()));
        Assert.True(events.Reader.TryRead(out var pushed));
        Assert.Equal(new ImageEvent.ImagePushed(new("a.example", "app", "1")), pushed);
        Assert.False(events.Reader.TryRead(out _));
    }

    [Fact]
    public void Given_images_that_are_not_followed_no_notification_names_one() =>
        Assert.False(new PushNotificationReader(events: null).Accept("""{"image":"a.example/app:1"}"""u8.ToArray()));
}
