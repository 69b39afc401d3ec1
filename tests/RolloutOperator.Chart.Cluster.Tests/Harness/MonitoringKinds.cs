namespace RolloutOperator.Chart.Cluster.Tests.Harness;

/// <summary>
/// The kinds of the Prometheus operator, with the fields that the chart uses: an unknown field fails the test as it would
/// fail people. They are removed at the end if they were not there before.
/// </summary>
public sealed class MonitoringKinds : IAsyncLifetime
{
    private readonly Lazy<Task> _made;
    private bool _ours;

    public MonitoringKinds() => _made = new(MakeAsync);

    private static string Definitions => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "monitoring-kinds.yaml"));

    public Task ThereAsync() => _made.Value;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_ours)
        {
            (await Tool.KubectlAsync(Definitions, "delete", "--ignore-not-found", "--filename=-")).Succeeded();
        }
    }

    private async Task MakeAsync()
    {
        _ours = (await Tool.KubectlAsync("", "get", "crd", "servicemonitors.monitoring.coreos.com")).ExitCode != 0;
        if (_ours)
        {
            (await Tool.KubectlAsync(Definitions, "apply", "--filename=-")).Succeeded();
            (await Tool.KubectlAsync(Definitions, "wait", "--for=condition=Established", "--timeout=60s", "--filename=-")).Succeeded();

            // Discovery comes a little later.
            for (var left = 300; left > 0 && (await Tool.KubectlAsync("", "get", "servicemonitors,podmonitors,prometheusrules")).ExitCode != 0; left--)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }
}
