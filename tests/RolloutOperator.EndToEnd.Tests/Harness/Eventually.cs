using System.Diagnostics;

namespace RolloutOperator.EndToEnd.Tests.Harness;

internal static class Eventually
{
    // Real pods on a machine that may be busy.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <summary>Looks again and again until the assertions hold; the last failure is what a failing test shows.</summary>
    public static async Task HoldsAsync(Func<Task> assertions)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await assertions();
                return;
            }
            catch (Exception failure) when (failure is not OperationCanceledException && watch.Elapsed < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
            }
        }
    }
}
