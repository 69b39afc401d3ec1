using RolloutOperator.EndToEnd.Tests.Harness;

[assembly: AssemblyFixture(typeof(OperatorImage))]

namespace RolloutOperator.EndToEnd.Tests.Harness;

/// <summary>The image from the Dockerfile and that of the example, built once for all tests, on the node.</summary>
public sealed class OperatorImage
{
    // The first time, what the build needs is fetched.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    private readonly Lazy<Task> _onNode = new(MakeAsync);

    /// <summary>Returns when the node has both.</summary>
    public Task OnNodeAsync() => _onNode.Value;

    private static async Task MakeAsync()
    {
        (await Tool.RunAsync(Patience, Path.Combine(Checkout.Root, "tests", "cluster", "up"), "", "--pods")).Succeeded();
        var archive = (await Tool.RunAsync(Patience, Path.Combine(Checkout.Root, "tests", "install", "operator-image"), "")).Succeeded().Trim();
        (await Cluster.RunAsync("load-image", archive)).Succeeded();
        (await Cluster.RunAsync("load-image")).Succeeded();
    }
}
