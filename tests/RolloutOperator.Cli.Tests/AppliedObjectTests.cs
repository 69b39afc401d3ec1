using System.Text.Json.Nodes;
using RolloutOperator.Cli.Manifests;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Cli.Tests;

/// <summary>What an object is after a file was applied to it.</summary>
public sealed class AppliedObjectTests
{
    // As an API server of 1.20 answers, shortened to what matters.
    private const string Live = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: a, namespace: shop, labels: {rollout-operator.io/enabled: "true"}, annotations: {rollout-operator.io/ledger: x}}
        spec:
          template:
            metadata: {creationTimestamp: null, labels: {app: a}, annotations: {rollout-operator.io/checksum: abc, rollout-operator.io/rollout: "1"}}
            spec:
              containers:
              - name: app
                image: app:1
                imagePullPolicy: IfNotPresent
                ports: [{containerPort: 80, protocol: TCP}]
                env: [{name: A, value: "1"}, {name: B}, {name: POD, valueFrom: {fieldRef: {apiVersion: v1, fieldPath: metadata.name}}}]
                envFrom: [{configMapRef: {name: c}}]
                resources: {limits: {cpu: "1", memory: 1Gi}, requests: {cpu: "1", memory: 1Gi}}
                readinessProbe: {failureThreshold: 3, httpGet: {path: /, port: 80, scheme: HTTP}, periodSeconds: 10, successThreshold: 1, timeoutSeconds: 1}
                terminationMessagePath: /dev/termination-log
                terminationMessagePolicy: File
                volumeMounts: [{mountPath: /v, name: v}]
              - {name: injected, image: sidecar:1, imagePullPolicy: IfNotPresent, resources: {}}
              dnsPolicy: ClusterFirst
              restartPolicy: Always
              schedulerName: default-scheduler
              securityContext: {}
              serviceAccount: a
              serviceAccountName: a
              terminationGracePeriodSeconds: 30
              tolerations: [{key: x, operator: Exists}]
              volumes: [{name: v, configMap: {defaultMode: 420, name: c}}]
        """;

    private const string File = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: a, namespace: shop, labels: {rollout-operator.io/enabled: "true"}}
        spec:
          template:
            metadata: {labels: {app: a}, annotations: {}}
            spec:
              hostNetwork: false
              serviceAccountName: a
              nodeSelector: {}
              containers:
              - name: app
                image: app:1
                args: []
                tty: false
                ports: [{containerPort: 80}]
                env: [{name: A, value: "1"}, {name: B, value: ""}, {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
                envFrom: [{configMapRef: {name: c}}]
                resources: {limits: {cpu: 1000m, memory: 1024Mi}}
                readinessProbe: {httpGet: {path: /, port: 80}, initialDelaySeconds: 0}
                volumeMounts: [{name: v, mountPath: /v, readOnly: false}]
              tolerations: [{key: x, operator: Exists}]
              volumes: [{name: v, configMap: {name: c}}]
        """;

    [Fact]
    public void A_file_that_says_what_is_live_changes_nothing()
    {
        var live = Parse(Live);
        foreach (var isApplied in (bool[])[false, true])
        {
            Assert.Equal(Hash(live), Hash(AppliedObject.Of(isApplied ? WithLast(Live, File) : live, Parse(File), isBuiltIn: true)));
        }
    }

    [Theory]
    [InlineData("value: \"1\"", "value: \"2\"")]
    [InlineData("cpu: 1000m", "cpu: 1001m")]
    [InlineData("hostNetwork: false", "hostNetwork: true")]
    [InlineData("{name: A, value: \"1\"}, ", "")]
    [InlineData("{name: A, value: \"1\"}, {name: B, value: \"\"}", "{name: B, value: \"\"}, {name: A, value: \"1\"}")]
    [InlineData("configMap: {name: c}}]", "secret: {secretName: c}}]")]
    [InlineData("tolerations: [{key: x, operator: Exists}]", "")]
    [InlineData("tolerations: [{key: x, operator: Exists}]", "tolerations: [{key: x}]")]
    [InlineData("envFrom: [{configMapRef: {name: c}}]", "envFrom: []")]
    [InlineData("readinessProbe: {httpGet: {path: /, port: 80}, initialDelaySeconds: 0}", "readinessProbe: null")]
    [InlineData("image: app:1", "image: app:2")]
    public void A_file_that_says_something_else_changes_the_template(string part, string other)
    {
        var live = WithLast(Live, File);
        Assert.Contains(part, File, StringComparison.Ordinal);
        var after = AppliedObject.Of(live, Parse(File.Replace(part, other, StringComparison.Ordinal)), isBuiltIn: true);
        Assert.NotEqual(Hash(live), Hash(after));
        Assert.Equal(["app", "injected"], after["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Select(each => each!["name"]!.GetValue<string>()));
        Assert.Equal("x", after["metadata"]!["annotations"]!["rollout-operator.io/ledger"]!.GetValue<string>());
    }

    [Fact]
    public void A_volume_of_another_kind_loses_the_first()
    {
        var after = AppliedObject.Of(Parse(Live), Parse(File.Replace("configMap: {name: c}}]", "secret: {secretName: c}}]", StringComparison.Ordinal)), isBuiltIn: true);
        Assert.Equal("""[{"name":"v","secret":{"secretName":"c"}}]""", after["spec"]!["template"]!["spec"]!["volumes"]!.ToJsonString());
    }

    [Fact]
    public void The_service_account_stays_when_a_file_no_longer_names_it() =>
        Assert.Equal(Hash(Parse(Live)), Hash(AppliedObject.Of(WithLast(Live, File), Parse(File.Replace("serviceAccountName: a", "", StringComparison.Ordinal)), isBuiltIn: true)));

    // With the annotation of kubectl apply, by the fields of Helm, by those of a server-side apply, and with none of them.
    [Theory]
    [InlineData("annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"data\":{\"a\":\"1\",\"b\":\"1\"}}'}", "a=2 d=1 path=/")]
    [InlineData("annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"data\":{\"a\":\"1\",\"path\":\"/\"}}'}", "a=2 b=1 d=1")]
    [InlineData("annotations: {kubectl.kubernetes.io/last-applied-configuration: '{'}", "a=2 b=1 d=1 path=/")]
    [InlineData("labels: {app.kubernetes.io/managed-by: Helm}, managedFields: [{manager: helm, operation: Update, fieldsV1: {'f:data': {'f:a': {}, 'f:b': {}}}}, {manager: edit, operation: Update, fieldsV1: {'f:data': {'f:d': {}}}}]", "a=2 d=1 path=/")]
    [InlineData("managedFields: [{manager: flux, operation: Apply, fieldsV1: {'f:data': {'f:a': {}, 'f:b': {}, 'f:d': {}}}}, {manager: edit, operation: Update, fieldsV1: {'f:data': {'f:d': {}}}}]", "a=2 d=1 path=/")]
    [InlineData("managedFields: [{manager: kubectl-create, operation: Update, fieldsV1: {'f:data': {'f:a': {}, 'f:b': {}}}}]", "a=2 b=1 d=1 path=/")]
    [InlineData("labels: {}", "a=2 b=1 d=1 path=/")]
    public void Keys_go_that_were_of_the_file(string metadata, string expected)
    {
        var live = Parse("{kind: ConfigMap, metadata: {name: c, " + metadata + "}, data: {a: '1', b: '1', d: '1', path: /}}");
        var after = AppliedObject.Of(live, Parse("{kind: ConfigMap, metadata: {name: c}, data: {a: '2'}}"), isBuiltIn: true);
        Assert.Equal(expected, string.Join(' ', after["data"]!.AsObject().OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => $"{each.Key}={each.Value}")));
    }

    [Fact]
    public void Text_of_a_Secret_becomes_data_and_does_not_leave_with_the_file()
    {
        var live = Parse("""{kind: Secret, metadata: {name: c, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"stringData":{"a":"1","b":"1"}}'}}, data: {a: MQ==, b: MQ==}}""");
        var after = AppliedObject.Of(live, Parse("{kind: Secret, metadata: {name: c}, data: {c: Mg==}, stringData: {a: '2'}}"), isBuiltIn: true);
        Assert.Equal("""{"a":"Mg==","b":"MQ==","c":"Mg=="}""", after["data"]!.ToJsonString());
        Assert.Null(after["stringData"]);
    }

    [Fact]
    public void Lists_of_other_kinds_are_replaced()
    {
        var after = AppliedObject.Of(Parse("{spec: {containers: [{name: a}, {name: b}]}}"), Parse("{spec: {containers: [{name: b}]}}"), isBuiltIn: false);
        Assert.Equal("""{"spec":{"containers":[{"name":"b"}]}}""", after.ToJsonString());
    }

    [Fact]
    public void What_the_API_server_alone_writes_is_not_taken_from_a_file()
    {
        var after = AppliedObject.Of(
            Parse("{metadata: {name: a, uid: u, resourceVersion: '7'}, status: {x: 1}}"),
            Parse("{metadata: {name: a, uid: other, resourceVersion: '1', annotations: {kubectl.kubernetes.io/last-applied-configuration: y}}, status: {x: 2}}"), isBuiltIn: true);
        Assert.Equal("""{"metadata":{"name":"a","uid":"u","resourceVersion":"7"},"status":{"x":1}}""", after.ToJsonString());
    }

    private static JsonObject Parse(string yaml) => YamlDocuments.Read(yaml)[0].Root!.AsObject();

    private static JsonObject WithLast(string live, string file)
    {
        var both = Parse(live);
        both["metadata"]!["annotations"]![Removals.LastAppliedAnnotation] = Parse(file).ToJsonString();
        return both;
    }

    private static string Hash(JsonObject workload) => TemplateHash.OfWhole(workload.ToElement().Member("spec").Member("template")!.Value).ToString();
}
