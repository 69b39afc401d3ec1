using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using RolloutOperator.Kubernetes.Errors;

namespace RolloutOperator.Kubernetes.Tests;

public class KubeEventTests
{
    private static readonly Eventsv1Event Event = new()
    {
        Metadata = new() { NamespaceProperty = "shop", Name = "web.17a" },
        Regarding = new() { ApiVersion = "apps/v1", Kind = "Deployment", NamespaceProperty = "shop", Name = "web", Uid = "uid-1", ResourceVersion = "42" },
        Type = "Normal",
        Reason = "RolloutTriggered",
        Action = "Patch",
        Note = "ConfigMap \"x\" changed",
        ReportingController = "rollout-operator.io/operator",
        ReportingInstance = "pod-0",
        EventTime = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 6, TimeSpan.FromHours(2)).AddTicks(70).UtcDateTime,
    };

    [Fact]
    public void An_event_is_written_as_the_api_wants_it()
    {
        // The order of members is the library's, and means nothing.
        var json = JsonNode.Parse(KubeModels.Write(Event));
        var expected = JsonNode.Parse(
            """{"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"web.17a","namespace":"shop"},"eventTime":"2026-01-02T01:04:05.006007Z","type":"Normal","reason":"RolloutTriggered","action":"Patch","note":"ConfigMap \u0022x\u0022 changed","reportingController":"rollout-operator.io/operator","reportingInstance":"pod-0","regarding":{"apiVersion":"apps/v1","kind":"Deployment","namespace":"shop","name":"web","uid":"uid-1","resourceVersion":"42"}}""");
        Assert.True(JsonNode.DeepEquals(expected, json), $"{json}");
    }

    [Fact]
    public void Fields_beyond_the_servers_limits_are_cut()
    {
        using JsonDocument json = JsonDocument.Parse(KubeModels.Write(Event with { Note = new string('n', 5000), ReportingInstance = new string('p', 200) }));
        Assert.Equal(1023, Encoding.UTF8.GetByteCount(json.RootElement.GetProperty("note").GetString()!));
        Assert.Equal(127, Encoding.UTF8.GetByteCount(json.RootElement.GetProperty("reportingInstance").GetString()!));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("ü")]
    [InlineData("€")]
    [InlineData("😀")]
    [InlineData("a😀")]
    public void A_note_is_cut_between_runes_and_to_no_more_than_the_limit(string piece)
    {
        string text = string.Concat(Enumerable.Repeat(piece, 600));
        for (int limit = 10; limit < 60; limit++)
        {
            string cut = Excerpt.Cut(text, limit);
            Assert.InRange(Encoding.UTF8.GetByteCount(cut), limit - 10, limit);
            string[] ends = cut.Split('…');
            Assert.Equal(2, ends.Length);
            Assert.StartsWith(ends[0], text, StringComparison.Ordinal);
            Assert.EndsWith(ends[1], text, StringComparison.Ordinal);
            Assert.DoesNotContain('\uFFFD', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(cut)));
        }
    }

    [Fact]
    public void A_note_that_fits_is_left_alone() => Assert.Equal("€€", Excerpt.Cut("€€", 6));
}
