using RolloutOperator.Kubernetes.Requests;

namespace RolloutOperator.Kubernetes.Tests;

public class KubeRequestTests
{
    private static readonly ReadOnlyMemory<byte> Body = "{}"u8.ToArray();

    public static TheoryData<string, string, string> Cases => new()
    {
        { "list of all namespaces", "GET", "api/v1/configmaps" },
        { "list with everything", "GET", "apis/apps/v1/namespaces/shop/deployments?labelSelector=a%3Db%2Cc%20in%20%28d%29&fieldSelector=metadata.name%3Dx&limit=500&continue=a%2Bb%2F%3D" },
        { "watch", "GET", "api/v1/secrets?watch=true&allowWatchBookmarks=true&resourceVersion=42&timeoutSeconds=301&labelSelector=a" },
        { "get", "GET", "apis/coordination.k8s.io/v1/namespaces/kube-system/leases/my-lease" },
        { "get of an odd name", "GET", "api/v1/namespaces/a%2Fb/secrets/system%3A%3Fx%23y%25" },
        { "patch", "PATCH", "apis/apps/v1/namespaces/shop/deployments/web?fieldManager=rollout-operator" },
        { "create", "POST", "apis/events.k8s.io/v1/namespaces/shop/events?fieldManager=m" },
        { "version", "GET", "version" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_call_has_its_method_and_uri(string call, string method, string uri)
    {
        using HttpRequestMessage request = Build(call);
        Assert.Equal(method, request.Method.Method);
        Assert.Equal(uri, request.RequestUri!.OriginalString);
        Assert.False(request.RequestUri.IsAbsoluteUri);
    }

    [Fact]
    public void A_metadata_list_asks_for_the_list_form_and_a_metadata_watch_for_the_single_form()
    {
        using HttpRequestMessage list = KubeRequest.List(ResourceTypes.Secrets, null, new ListOptions { MetadataOnly = true });
        using HttpRequestMessage watch = KubeRequest.Watch(ResourceTypes.Secrets, null, new WatchOptions { ResourceVersion = "1", Timeout = TimeSpan.FromMinutes(5), MetadataOnly = true });
        Assert.Equal("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json", Accept(list));
        Assert.Equal("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json", Accept(watch));
    }

    [Fact]
    public async Task A_merge_patch_carries_its_content_type_and_body()
    {
        using HttpRequestMessage request = Build("patch");
        Assert.Equal("application/merge-patch+json", request.Content!.Headers.ContentType!.ToString());
        Assert.Equal("{}", await request.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("application/json", Accept(request));
    }

    [Fact]
    public void A_json_patch_differs_in_its_content_type_only()
    {
        using HttpRequestMessage json = Build("json patch");
        using HttpRequestMessage merge = Build("patch");
        Assert.Equal("application/json-patch+json", json.Content!.Headers.ContentType!.ToString());
        Assert.Equal((merge.Method, merge.RequestUri), (json.Method, json.RequestUri));
        Assert.Equal("patch", KubeRequest.VerbOf(json));
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData("n", "")]
    [InlineData("..", "x")]
    [InlineData("n", ".")]
    public void A_part_that_would_name_another_resource_is_refused(string @namespace, string name) =>
        Assert.Throws<ArgumentException>(() => KubeRequest.Get(ResourceTypes.Secrets, @namespace, name));

    [Theory]
    [InlineData(0.1, "timeoutSeconds=1")]
    [InlineData(299.2, "timeoutSeconds=300")]
    public void A_watch_timeout_is_rounded_up_to_whole_seconds(double seconds, string expected)
    {
        using HttpRequestMessage request = KubeRequest.Watch(ResourceTypes.Secrets, "n", new WatchOptions { ResourceVersion = "1", Timeout = TimeSpan.FromSeconds(seconds) });
        Assert.Contains(expected, request.RequestUri!.OriginalString, StringComparison.Ordinal);
    }

    private static string Accept(HttpRequestMessage request) => string.Join(",", request.Headers.NonValidated["Accept"]);

    private static HttpRequestMessage Build(string call) => call switch
    {
        "list of all namespaces" => KubeRequest.List(ResourceTypes.ConfigMaps, null, new ListOptions()),
        "list with everything" => KubeRequest.List(Answers.Deployments, "shop", new ListOptions { LabelSelector = "a=b,c in (d)", FieldSelector = "metadata.name=x", Limit = 500, Continue = "a+b/=" }),
        "watch" => KubeRequest.Watch(ResourceTypes.Secrets, null, new WatchOptions { ResourceVersion = "42", Timeout = TimeSpan.FromSeconds(300.5), LabelSelector = "a" }),
        "get" => KubeRequest.Get(ResourceTypes.Leases, "kube-system", "my-lease"),
        "get of an odd name" => KubeRequest.Get(ResourceTypes.Secrets, "a/b", "system:?x#y%"),
        "patch" => KubeRequest.MergePatch(Answers.Deployments, "shop", "web", Body, "rollout-operator"),
        "json patch" => KubeRequest.JsonPatch(Answers.Deployments, "shop", "web", Body, "rollout-operator"),
        "create" => KubeRequest.Create(ResourceTypes.Events, "shop", Body, "m"),
        "version" => KubeRequest.Version(),
        _ => throw new ArgumentOutOfRangeException(nameof(call)),
    };
}
