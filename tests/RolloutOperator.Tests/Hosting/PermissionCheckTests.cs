using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using RolloutOperator.Hosting;
using RolloutOperator.Kubernetes;
using static RolloutOperator.TestKit.Waiting;

namespace RolloutOperator.Tests.Hosting;

public sealed class PermissionCheckTests : IAsyncLifetime
{
    private readonly TestClock _time = new();
    private readonly CapturingLogger<PermissionCheck> _log = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _asked = [];
    private string[] _refused = [];
    private string _rules = "";
    private int? _code;
    private Loopback _server = null!;
    private KubeClient _client = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _server = await Loopback.StartAsync();
        _server.Answer = AnswerAsync;
        _client = _server.Client(_time);
    }

    public async ValueTask DisposeAsync()
    {
        // Like every loop, it ends when it is told to, and not before.
        Assert.False(_running.IsCompleted);
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running.WaitAsync(Patience));
        _client.Dispose();
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Names_each_missing_permission_once_with_its_consequence_and_remedy()
    {
        _refused = ["patch deployments shop", "get secrets rollout-operator"];
        var options = Some.Options("shop");
        Run(options);
        await Eventually(() => _log.Lines.Count == 2);
        Assert.Equal(
            [
                "Missing permission: patch on deployments.apps in namespace shop; grant it by a Role or ClusterRole (docs/reference/rbac.md): no deployments can be adopted or rolled there until it is granted; to check: kubectl auth can-i patch deployments.apps --namespace shop --as USER",
                "Missing permission: get on secrets/rollout-operator-digest-key in namespace rollout-operator; grant it by a Role or ClusterRole (docs/reference/rbac.md): secrets are not followed until it is granted; to check: kubectl auth can-i get secrets/rollout-operator-digest-key --namespace rollout-operator --as USER",
            ],
            _log.Lines);
        Assert.Equal(RequiredPermissions.Of(options).Length, _asked.Count);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(RequiredPermissions.Of(options).Length, _asked.Count);
    }

    [Fact]
    public async Task A_permission_for_some_names_is_not_missing()
    {
        (_refused, _rules) = (["patch deployments shop", "get configmaps shop"], """
            {"verbs":["get"],"apiGroups":[""],"resources":["configmaps"]},
            {"verbs":["get","patch"],"apiGroups":["apps"],"resources":["deployments"],"resourceNames":["app"]}
            """);
        Run(Some.Options("shop"));
        await Eventually(() => _log.Lines.Count == 2);
        Assert.Equal("Permission for some names only: patch on deployments.apps in namespace shop; of all others: no deployments can be adopted or rolled there", _log.Lines[0]);
        Assert.StartsWith("Missing permission: get on configmaps in namespace shop", _log.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_namespace_selector_it_does_not_ask_about_selected_namespaces()
    {
        var options = Some.Options();
        options = options with { Scope = options.Scope with { Selector = "team=shop" } };
        _refused = ["list namespaces *", "patch deployments *"];
        Run(options);
        await Eventually(() => _log.Lines.Count == 1);
        Assert.StartsWith("Missing permission: list on namespaces in the cluster; grant it by a Role or ClusterRole (docs/reference/rbac.md): nothing is watched until it is granted", _log.Lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain("patch deployments *", _asked);
    }

    [Fact]
    public async Task Given_no_answer_it_says_so_once()
    {
        _code = 500;
        Run(Some.Options());
        await Eventually(() => _log.Lines.Count == 1);
        Assert.StartsWith("Cannot check which permissions are granted; continuing without the check: ", _log.Lines[0], StringComparison.Ordinal);
    }

    private void Run(OperatorOptions options) => _running = Task.Run(() => new PermissionCheck(options, _client, _time, _log).RunAsync(_stop.Token));

    private Task AnswerAsync(Loopback.Request request, HttpContext context)
    {
        context.Response.ContentType = "application/json";
        if (request.Path == "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews")
        {
            Assert.Equal("shop", (string?)JsonNode.Parse(request.Body)!["spec"]!["namespace"]);
            return context.Response.WriteAsync($$$"""{"kind":"SelfSubjectRulesReview","status":{"resourceRules":[{{{_rules}}}],"nonResourceRules":[],"incomplete":false}}""");
        }

        Assert.Equal(("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"), (request.Method, request.Path));
        var access = JsonNode.Parse(request.Body)!["spec"]!["resourceAttributes"]!;
        var text = $"{access["verb"]} {access["resource"]} {access["namespace"]?.ToString() ?? "*"}";
        _asked.Enqueue(text);
        if (_code is { } code)
        {
            return Loopback.StatusAsync(context, code, "InternalError");
        }

        return context.Response.WriteAsync($$$"""{"kind":"SelfSubjectAccessReview","status":{"allowed":{{{(_refused.Contains(text) ? "false" : "true")}}}}}""");
    }
}
