using RolloutOperator.EndToEnd.Tests.Harness;

[assembly: AssemblyFixture(typeof(OperatorImage))]

namespace RolloutOperator.EndToEnd.Tests.Harness;

/// <summary>The image from the Dockerfile and that of the example, built once for all tests, on the node.</summary>
public sealed class OperatorImage
{
    // The first time, what the build needs is fetched.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    private readonly Lazy<Task<string>> _archive = new(BuildAsync);
    private readonly Lazy<Task> _onNode;

    public OperatorImage() => _onNode = new(LoadAsync);

    /// <summary>The file of the operator's image, a docker-archive.</summary>
    public Task<string> ArchiveAsync() => _archive.Value;

    /// <summary>Returns when the node has both.</summary>
    public Task OnNodeAsync() => _onNode.Value;

    private static async Task<string> BuildAsync() =>
        (await Tool.RunAsync(Patience, Path.Combine(Checkout.Root, "tests", "install", "operator-image"), "")).Succeeded().Trim();

    private async Task LoadAsync()
    {
        (await Tool.RunAsync(Patience, Path.Combine(Checkout.Root, "tests", "cluster", "up"), "", "--pods")).Succeeded();
        (await Cluster.RunAsync("load-image", await ArchiveAsync())).Succeeded();
        (await Cluster.RunAsync("load-image")).Succeeded();
    }
}
