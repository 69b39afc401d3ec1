using RolloutOperator.Cluster.Tests.Harness;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cluster.Tests.Plans;

/// <summary>The command <c>plan -f</c> on what the tools of people print, compared with what rolls when these tools apply it.</summary>
public sealed class ApplyingToolsTests(TestCluster cluster)
{
    private const string Release = "web-shop";

    [Fact]
    public async Task A_plan_of_what_helm_template_prints_is_what_helm_upgrade_does()
    {
        await using var space = await cluster.NamespaceAsync();
        var chart = Path.GetDirectoryName(await space.FileAsync("chart/Chart.yaml", "apiVersion: v2\nname: web-shop\nversion: 0.1.0\n"))!;
        await space.FileAsync("chart/values.yaml", "greeting: Aloha\npassword: first\nimage: app:1\nextra: true\nworker: false\nlabel: one\n");
        await space.FileAsync("chart/templates/all.yaml", Objects("{{ .Values.greeting }}", "{{ .Values.password }}", "{{ .Values.image }}", "{{ .Values.label }}")
            .Replace("  more: values\n", "{{ if .Values.extra }}  more: values\n{{ end }}", StringComparison.Ordinal)
            + "{{ if .Values.worker }}\n---\n" + Deployment("worker", "worker:1", "config") + "{{ end }}");
        var run = await AppliedPlans.StartAsync(space, values => UpgradeAsync([.. values]));

        await run.IsAsync("", "label=two");
        await run.IsAsync("rolls api, rolls web", "greeting=Namaste");
        await run.IsAsync("rolls web", "greeting=Namaste", "password=second");
        await run.IsAsync("turns web", "greeting=Namaste", "password=third", "image=app:2");
        await run.IsAsync("rolls api, turns web", "greeting=Hola", "password=third", "image=app:3");
        await run.IsAsync("rolls api, rolls web", "greeting=Hola", "password=third", "image=app:3", "extra=false");
        await run.IsAsync("creates worker", "greeting=Hola", "password=third", "image=app:3", "extra=false", "worker=true");
        await run.IsAsync("rolls api, rolls web, rolls worker", "worker=true", "image=app:3", "extra=false", "password=third", "greeting=Ciao");
        await run.IsAsync("", "worker=true", "image=app:3", "extra=false", "password=third", "greeting=Ciao");

        async Task<(string, Func<Task>)> UpgradeAsync(string[] values)
        {
            string[] set = [.. values.SelectMany(value => new[] { "--set", value })];
            var printed = await cluster.HelmAsync(["template", Release, chart, "--namespace", space.Name, .. set]);
            return (printed, () => cluster.HelmAsync(["upgrade", Release, chart, "--install", "--namespace", space.Name, .. set]));
        }
    }

    [Theory]
    [InlineData("apply")]
    [InlineData("apply", "--server-side", "--field-manager=gitops", "--force-conflicts")]
    public async Task A_plan_of_many_documents_and_lists_is_what_apply_does(params string[] apply)
    {
        await using var space = await cluster.NamespaceAsync();
        var run = await AppliedPlans.StartAsync(space, values => ApplyAsync([.. values]));

        await run.IsAsync("", "Aloha", "first", "app:1", "two");
        await run.IsAsync("rolls api, rolls web", "Namaste", "first", "app:1", "two");
        await run.IsAsync("rolls web", "Namaste", "second", "app:1", "two");
        await run.IsAsync("turns web", "Namaste", "third", "app:2", "two");
        await run.IsAsync("rolls api, turns web", "Hola", "third", "app:3", "three");
        await run.IsAsync("rolls api, rolls web", "Hola", "third", "app:3", "three", "without more");
        await run.IsAsync("creates worker", "Hola", "third", "app:3", "three", "without more", "worker");
        await run.IsAsync("", "Hola", "third", "app:3", "three", "without more", "worker");

        // As kustomize does not print it, but kubectl get and others do: a List, with a typed list in it.
        async Task<(string, Func<Task>)> ApplyAsync(string[] values)
        {
            var text = Objects(values is [] ? "Aloha" : values[0], values is [] ? "first" : values[1], values is [] ? "app:1" : values[2], values is [] ? "one" : values[3]);
            text = values.Contains("without more") ? text.Replace("  more: values\n", "", StringComparison.Ordinal) : text;
            var documents = (values.Contains("worker") ? text + "---\n" + Deployment("worker", "worker:1", "config") : text).Split("---\n").Where(each => each.Trim().Length > 0).ToArray();
            var list = $"apiVersion: v1\nkind: List\nitems:\n{string.Concat(documents[..2].Select(each => "- " + each.Trim().Replace("\n", "\n  ", StringComparison.Ordinal) + "\n"))}";
            var printed = $"# Built\n---\n{list}---\n\n---\n{string.Join("---\n", documents[2..])}...\n";
            var file = await space.FileAsync("built.yaml", printed);
            return (printed, () => space.KubectlAsync([.. apply, "-f", file]));
        }
    }

    private static string Objects(string greeting, string password, string image, string label) => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: config
          labels: {part: "{{label}}"}
        data:
          greeting: "{{greeting}}"
          more: values

        """ + $$"""
        ---
        apiVersion: v1
        kind: Secret
        metadata:
          name: password
        stringData:
          password: "{{password}}"
        ---

        """ + Deployment("web", image, "config", "password") + "---\n" + Deployment("api", "api:1", "config");

    private static string Deployment(string name, string image, string configMap, string? secret = null) => $$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: {{name}}
          labels: { {{Names.Enabled}}: "true" }
        spec:
          replicas: 1
          selector:
            matchLabels: {app: {{name}} }
          template:
            metadata:
              labels: {app: {{name}} }
            spec:
              nodeSelector: {example.com/no-such-node: "true"}
              containers:
                - name: app
                  image: {{image}}
                  imagePullPolicy: IfNotPresent
                  envFrom:
                    - configMapRef: {name: {{configMap}} }

        """ + (secret is null ? "" : $"            - secretRef: {{name: {secret} }}\n");
}
