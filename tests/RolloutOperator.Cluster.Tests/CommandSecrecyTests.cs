using System.Text;
using k8s.Models;
using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests;

/// <summary>No command prints a value of a ConfigMap or Secret, in any format, in an error or otherwise.</summary>
[Trait("Invariant", "I16")]
public sealed class CommandSecrecyTests(TestCluster cluster)
{
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    private static readonly string[] Formats = ["text", "wide", "json", "yaml", "name", "mermaid", "dot"];

    // Each has VALUE where a value is written wrongly, and BASE64 likewise.
    private static readonly string[] Malformed =
    [
        "data: {password: \"VALUE}", "data:\n  password: VALUE\n   other: VALUE", "data:\n\tpassword: VALUE", "data: {password: *VALUE}", "data: {password: !!int VALUE}",
        "data: {password: !!float \"VALUE\"}", "data: {password: !!bool VALUE}", "data: {password: !!binary \"VALUE!\"}", "data: {? [VALUE] : VALUE}", "data: {<<: VALUE}", "data: VALUE", "data: [VALUE]", "stringData: VALUE",
        "stringData: {password: {VALUE: VALUE}}", "stringData: {password: [VALUE]}", "data: {password: \"VALUE!\"}", "data: {password: {VALUE: 1}}", "binaryData: {password: \"VALUE!\"}", "data: {password: %VALUE}", "data: {password: @VALUE}",
        "data: {password: `VALUE`}", "data: {password: 'VALUE}", "data: {password: &VALUE}", "data: {password: \"\\VALUE\"}", "data: {password: |VALUE\n}", "data:\n  password: {{ .Values.VALUE }}", "data: {password: VALUE}}", "data: {password: VALUE\nVALUE: ]",
        "data: {password: BASE64=}", "immutable: VALUE", "metadata: {name: password, annotations: VALUE}", "metadata: {name: password, annotations: {kubectl.kubernetes.io/last-applied-configuration: VALUE}}",
        "metadata: {name: password, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"data\": {\"password\": VALUE'}}", "metadata: {name: password, labels: [VALUE]}", "metadata: VALUE",
    ];

    private static readonly string[] MalformedJson =
    [
        "{\"kind\": \"Secret\", \"data\": {\"password\": VALUE}}", "{\"kind\": \"Secret\", \"data\": {\"password\": \"VALUE}}", "{\"kind\": \"Secret\", \"data\": {\"password\": \"VALUE\"}", "{\"kind\": \"Secret\", \"data\": {\"password\": \"VALUE\" VALUE}}",
        "{\"kind\": \"Secret\", \"data\": {\"password\": \"\\VALUE\"}}", "{\"kind\": \"Secret\", \"data\": {VALUE: 1}}", "{\"kind\": \"Secret\", \"data\": {\"password\": \"VALUE\"}} VALUE", "{\"kind\": \"List\", \"items\": \"VALUE\"}", "{\"kind\": \"List\", \"items\": [\"VALUE\"]}",
        "[\"VALUE\"]", "\"VALUE\"", "VALUE", "{\"kind\": \"Secret\", \"data\": {\"password\": 1VALUE}}", "{\"kind\": \"Secret\", \"data\": {\"password\": \"VALUE\u0001\"}}",
    ];

    private readonly List<Canary> _canaries = [];

    [Fact]
    public async Task No_command_prints_a_value_in_any_format()
    {
        await using var space = await cluster.NamespaceAsync();
        var account = await TestAccount.CreateAsync(space, CliProcess.Permissions([space.Name]).Append(new("patch", "apps", "deployments", space.Name)), "developer");
        var ask = new CliProcess(space, account.Kubeconfig);
        var workload = await FilledAsync(space);
        var file = await space.FileAsync("change.yaml", Change());

        string[][] commands =
        [
            ["explain", "deployment/app"], ["explain", "deployment/blocked"], ["plan"], ["plan", "-f", file], ["plan", "-f", file, "--delete", "secret/password"], ["status"], ["graph"], ["graph", "secret/password"],
            ["history", "deployment/app"], ["checksum", "-f", file], ["checksum", "-f", file, "--partial"], ["doctor"], ["rbac"], ["version"],
            ["approve", "deployment/app", "--dry-run=client"], ["adopt", "deployment/app", "--dry-run=client"], ["adopt", "deployment/app", "--dry-run=server"], ["pause", "deployment/app", "--dry-run=client"], ["pause", "deployment/app", "--dry-run=server"], ["pause", "deployment/app"], ["resume", "deployment/app"],
        ];
        foreach (var (command, format) in commands.SelectMany(command => Formats, (command, format) => (command, format)))
        {
            string[] line = [.. command, "-o", format];
            Nothing(command[0] == "checksum" ? await CliProcess.ExecuteAsync([.. line, "-n", space.Name]) : await ask.RunAsync(line), line);
        }

        Assert.NotNull(await workload.LedgerAsync());
    }

    [Fact]
    public async Task No_error_about_a_file_prints_a_value_of_it()
    {
        await using var space = await cluster.NamespaceAsync();
        var ask = await CliProcess.ReaderAsync(space, space);
        await space.SecretAsync("password", ("password", "old"));
        var number = 0;
        foreach (var (kind, body) in Malformed.SelectMany(_ => (string[])["Secret", "ConfigMap"], (body, kind) => (kind, body)))
        {
            var metadata = body.StartsWith("metadata", StringComparison.Ordinal) ? "" : "\nmetadata: {name: password}";
            await RefuseAsync($"apiVersion: v1\nkind: {kind}{metadata}\n{body}\n");
        }

        foreach (var body in MalformedJson)
        {
            await RefuseAsync(body);
        }

        async Task RefuseAsync(string text)
        {
            _canaries.Clear();
            var canary = Put("the file " + text);
            var path = await space.FileAsync($"bad-{number++}.yaml", text.Replace("VALUE", canary.Value, StringComparison.Ordinal).Replace("BASE64", canary.Base64, StringComparison.Ordinal));
            foreach (string[] line in (string[][])[["plan", "-f", path], ["checksum", "-f", path, "-o", "yaml"], ["checksum", "-f", path, "--digest-key-file", path]])
            {
                Nothing(line[0] == "checksum" ? await CliProcess.ExecuteAsync(line) : await ask.RunAsync(line), line, maySaySomething: true);
            }

            Nothing(await CliProcess.ExecuteAsync(["checksum", "-f", "-"], await File.ReadAllTextAsync(path)), ["checksum", "-f", "-"], maySaySomething: true);
        }
    }

    [Theory]
    [InlineData("users: [{name: a, user: {token: 'VALUE}}]")]
    [InlineData("users: [{name: a, user: {token: [VALUE]}}]")]
    [InlineData("users: [{name: a, user: {client-key-data: VALUE!, client-certificate-data: VALUE!}}]")]
    [InlineData("users: [{name: a, user: {client-key-data: BASE64, client-certificate-data: BASE64}}]")]
    [InlineData("users: [{name: a, user: {username: a, password: {VALUE: 1}}}]")]
    [InlineData("users: [{name: a, user: {token: *VALUE}}]")]
    public async Task No_error_about_a_kubeconfig_prints_its_credentials(string users)
    {
        await using var space = await cluster.NamespaceAsync();
        var canary = Put("the kubeconfig");
        var path = await space.FileAsync("bad-kubeconfig", $"""
            apiVersion: v1
            kind: Config
            current-context: a
            contexts: [{"{"}name: a, context: {"{"}cluster: a, user: a{"}}"}]
            clusters: [{"{"}name: a, cluster: {"{"}server: "https://127.0.0.1:1"{"}}"}]
            {users.Replace("VALUE", canary.Value, StringComparison.Ordinal).Replace("BASE64", canary.Base64, StringComparison.Ordinal)}

            """);
        var result = await CliProcess.ExecuteAsync(["status", "--kubeconfig", path]);
        Assert.Equal(1, result.ExitCode);
        Nothing(result, ["status"]);
    }

    private Canary Put(string where)
    {
        var canary = new Canary(where);
        _canaries.Add(canary);
        return canary;
    }

    private void Nothing(CliResult result, string[] line, bool maySaySomething = false)
    {
        Assert.True(maySaySomething || result.Everything.Length > 0 || line[^1] == "name", string.Join(' ', line));
        Assert.All(_canaries, canary => canary.IsNotIn(result.Everything, string.Join(' ', line)));
    }

    // A workload with values everywhere, before and after a rollout, and one that is blocked.
    private async Task<TestWorkload> FilledAsync(TestNamespace space)
    {
        await space.ConfigMapAsync(new V1ConfigMap
        {
            Metadata = new() { Name = "config", Annotations = new Dictionary<string, string> { [LastApplied] = $$$"""{"data":{"greeting":"{{{Put("last-applied-configuration of the ConfigMap").Value}}}"}}""" } },
            Data = new Dictionary<string, string> { ["greeting"] = Put("data of the ConfigMap").Value },
            BinaryData = new Dictionary<string, byte[]> { ["picture"] = Encoding.UTF8.GetBytes(Put("binaryData of the ConfigMap").Value) },
        });
        await space.SecretAsync(new V1Secret
        {
            Metadata = new() { Name = "password", Annotations = new Dictionary<string, string> { [LastApplied] = $$$"""{"stringData":{"password":"{{{Put("last-applied-configuration of the Secret").Value}}}"}}""" } },
            Data = new Dictionary<string, byte[]> { ["password"] = Encoding.UTF8.GetBytes(Put("data of the Secret").Value) },
        });
        var workload = await space.DeployAsync("app", $$$"""
            {"containers": [{"name": "app", "image": "app:1", "args": ["--password={{{Put("args of the template").Value}}}"],
                "env": [{"name": "LITERAL", "value": "{{{Put("env of the template").Value}}}"}, {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "password", "key": "password"} } }],
                "envFrom": [{"configMapRef": {"name": "config"} }]}]}
            """);
        await space.DeployAsync("blocked", PodSpecs.Env(SourceKind.Secret, "password", "no-such-key"));
        var running = await space.OperatorAsync();
        await workload.AdoptedAsync();
        await space.EditSecretAsync("password", ("password", Put("the Secret after an edit").Value), ("another", Put("another entry of the Secret").Value));
        await workload.RolledAsync(1);
        await space.EventAsync("app", "RolloutTriggered");
        Assert.Equal(0, await running.TerminateAsync());
        await space.EditConfigMapAsync("config", ("greeting", Put("the ConfigMap after an edit").Value));
        return workload;
    }

    private string Change() => $$$"""
        apiVersion: v1
        kind: Secret
        metadata:
          name: password
          annotations:
            {{{LastApplied}}}: '{"stringData":{"password":"{{{Put("last-applied-configuration in the file").Value}}}"}}'
        stringData: {password: {{{Put("stringData in the file").Value}}}}
        data: {another: {{{Put("data in the file").Base64}}}}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: config}
        data: {greeting: {{{Put("the ConfigMap in the file").Value}}}}
        binaryData: {picture: {{{Put("binaryData in the file").Base64}}}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: app, labels: { {{{Names.Enabled}}}: "true" } }
        spec:
          selector: {matchLabels: {app: app} }
          template:
            metadata: {labels: {app: app} }
            spec:
              containers:
                - name: app
                  image: app:1
                  env: [{name: LITERAL, value: {{{Put("env in the file").Value}}} }]
                  envFrom: [{secretRef: {name: password} }, {configMapRef: {name: config} }, {configMapRef: {name: missing} }]
        """;
}
