using System.Text.Json;
using RolloutOperator.Kubernetes.Errors;
using RolloutOperator.Kubernetes.Reading;

namespace RolloutOperator.Kubernetes.Tests;

public class ListBodyTests
{
    [Theory]
    [InlineData("""{"kind":"ConfigMapList","metadata":{"resourceVersion":"9","continue":"next","remainingItemCount":4},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}""")]
    [InlineData("""{"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}],"x":{"items":[1]},"metadata":{"continue":"next","selfLink":"","resourceVersion":"9"},"apiVersion":"v1"}""")]
    public void A_list_is_read_whatever_the_order_of_its_members(string body)
    {
        ListPage<string> page = Read(body);
        Assert.Equal(["a", "b"], page.Items);
        Assert.Equal("9", page.ResourceVersion);
        Assert.Equal("next", page.Continue);
    }

    [Theory]
    [InlineData("""{"metadata":{"resourceVersion":"9"},"items":null}""")]
    [InlineData("""{"metadata":{"resourceVersion":"9","continue":""},"items":[]}""")]
    public void No_items_make_an_empty_last_page(string body)
    {
        ListPage<string> page = Read(body);
        Assert.Empty(page.Items);
        Assert.Null(page.Continue);
    }

    [Theory]
    [InlineData("""{"metadata":{"resourceVersion":"9"}}""", "the list has no items")]
    [InlineData("""{"items":[]}""", "the list has no resourceVersion")]
    [InlineData("""{"metadata":{"resourceVersion":"9"},"items":{}}""", "items is not of the expected type")]
    [InlineData("""{"metadata":{"resourceVersion":"9"},"items":[null]}""", "the object is not of the expected type")]
    public void An_invalid_list_is_never_an_empty_one(string body, string message) =>
        Assert.Equal(message, Assert.Throws<MalformedResponseException>(() => Read(body)).Message);

    [Fact]
    public void Each_beginning_of_a_list_is_refused()
    {
        byte[] body = """{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a"}}]}""".Utf8();
        for (int length = 0; length < body.Length; length++)
        {
            Assert.ThrowsAny<JsonException>(() => Body.ReadList<string>(body.AsSpan(0, length), Answers.Name));
        }
    }

    private static ListPage<string> Read(string body) => Body.ReadList<string>(body.Utf8(), Answers.Name);
}
