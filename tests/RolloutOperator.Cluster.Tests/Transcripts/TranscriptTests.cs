using System.Text;
using RolloutOperator.Cluster.Tests.Harness;

namespace RolloutOperator.Cluster.Tests.Transcripts;

/// <summary>docs/reference/transcripts.md has what the commands print about the example shop. <c>make transcripts</c> writes it.</summary>
public sealed class TranscriptTests(TestCluster cluster)
{
    private readonly StringBuilder _text = new();

    [Fact]
    public async Task The_transcripts_are_what_the_commands_print()
    {
        await using var shop = await Shop.OpenAsync(cluster);
        await shop.RunOperatorAsync();
        await RecordAsync(shop, "What is enrolled, and is it well?", "status -n shop");
        await RecordAsync(shop, "Why does the newsletter not restart?", "explain deployment/newsletter -n shop");
        await RecordAsync(shop, "What would this change restart?", "plan -n shop -f examples/shop-change.yaml");

        await shop.EditConfigAsync();
        await RecordAsync(shop, "A ConfigMap was edited. What restarted the storefront, and when?", "history deployment/storefront -n shop");
        await RecordAsync(shop, "Everything about it", "explain deployment/storefront -n shop");

        await RecordAsync(shop, "Hold the rollouts of a workload back", "pause statefulset/orders -n shop");
        await shop.EditOrdersAsync();
        await RecordAsync(shop, "Trouble comes first", "status -n shop -o wide");
        await RecordAsync(shop, "What would restart now?", "plan -n shop");
        await RecordAsync(shop, "The same for a program", "history statefulset/orders -n shop -o json");
        await RecordAsync(shop, "Its pods have read this already: no rollout, please", "adopt statefulset/orders -n shop --dry-run=client");
        await RecordAsync(shop, "What happens when they go on?", "resume statefulset/orders -n shop --dry-run=server");

        await RecordAsync(shop, "Who reads this ConfigMap?", "graph configmap/shop-config -n shop");
        await RecordAsync(shop, "Who reads what, as a picture", "graph -n shop -o mermaid");
        await RecordAsync(shop, "Which checksums will the workloads of these files have?", "checksum -f examples/shop.yaml -f examples/shop-change.yaml --digest-key-file key");
        await RecordAsync(shop, "Is the installation well?", "doctor -n shop");
        await RecordAsync(shop, "Which rights does the operator need at least?", "rbac -n shop");
        await RecordAsync(shop, "Which versions are at work?", "version");

        GeneratedPart.Is("docs/reference/transcripts.md", _text.ToString(), "transcripts");
    }

    private async Task RecordAsync(Shop shop, string question, string command)
    {
        var result = await shop.AskAsync(command.Split(' '));
        _text.Append($"\n## {question}\n\n```console\n$ kubectl rollout-operator {command}\n{result.Output}{result.Error}```\n");
        if (result.ExitCode != 0)
        {
            _text.Append($"\nThe exit code is {result.ExitCode}.\n");
        }

        if (command.EndsWith("-o mermaid", StringComparison.Ordinal))
        {
            _text.Append($"\n```mermaid\n{result.Output}```\n");
        }
    }
}
