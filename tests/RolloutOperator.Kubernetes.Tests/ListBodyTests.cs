using System.Text.Json;
using RolloutOperator.Kubernetes.Errors;
using RolloutOperator.Kubernetes.Reading;

namespace RolloutOperator.Kubernetes.Tests;

public class ListBodyTests
{
    [Theory]
    [InlineData("""{"kind":"ConfigMapList","metadata":{"resourceVersion":"9","continue":"next","remainingItemCount":4},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}""")]
    [InlineData("""{"kind":"ConfigMapList","items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}],"x":{"items":[1]},"metadata":{"continue":"next","selfLink":"","resourceVersion":"9"},"apiVersion":"v1"}""")]
    public void A_list_is_read_whatever_the_order_of_its_members(string body)
    {
        ListPage<string> page = Read(body);
        Assert.Equal(["a", "b"], page.Items);
        Assert.Equal("9", page.ResourceVersion);
        Assert.Equal("next", page.Continue);
    }

    [Theory]
    [InlineData("""{"kind":"ConfigMapList","metadata":{"resourceVersion":"9"},"items":null}""")]
    [InlineData("""{"kind":"ConfigMapList","metadata":{"resourceVersion":"9","continue":""},"items":[]}""")]
    public void No_items_make_an_empty_last_page(string body)
    {
        ListPage<string> page = Read(body);
        Assert.Empty(page.Items);
        Assert.Null(page.Continue);
    }

    [Theory]
    [InlineData("""{"kind":"ConfigMapList","metadata":{"resourceVersion":"9"}}""", "the list has no items")]
    [InlineData("""{"kind":"ConfigMapList","items":[]}""", "the list has no resourceVersion")]
    [InlineData("""{"kind":"ConfigMapList","metadata":{"resourceVersion":"9"},"items":{}}""", "items is not of the expected type")]
    [InlineData("""{"kind":"ConfigMapList","metadata":{"resourceVersion":"9"},"items":[null]}""", "the object is not of the expected type")]
    [InlineData("""{"kind":"SecretList","metadata":{"resourceVersion":"9"},"items":[]}""", "it is no list of kind ConfigMap")]
    [InlineData("""{"message":"down for maintenance"}""", "it is no list of kind ConfigMap")]
    public void An_invalid_list_is_never_an_empty_one(string body, string message) =>
        Assert.Equal(message, Assert.Throws<MalformedResponseException>(() => Read(body)).Message);

    [Fact]
    public void Each_beginning_of_a_list_is_refused()
    {
        byte[] body = """{"kind":"ConfigMapList","metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a"}}]}""".Utf8();
        for (int length = 0; length < body.Length; length++)
        {
            Assert.ThrowsAny<JsonException>(() => Body.ReadList<string>(body.AsSpan(0, length), ResourceTypes.ConfigMaps, Answers.Name));
        }
    }

    private static ListPage<string> Read(string body) => Body.ReadList<string>(body.Utf8(), ResourceTypes.ConfigMaps, Answers.Name);
}
