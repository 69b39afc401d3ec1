using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>The program as people run it: a process of its own, with its log and its HTTP endpoints.</summary>
public sealed class RunningOperator : IAsyncDisposable
{
    private static readonly HttpClient Http = new();

    // Options that say where to watch, and exclude a list of namespaces.
    private static readonly string[] ClusterWide = ["--namespace-selector", "--exclude-namespace"];

    /// <summary>Options with which a leader that was killed, or is cut off, is soon replaced; and with which a busy machine may end a term.</summary>
    public static readonly string[] ShortLease = ["--lease-duration", "3s", "--renew-deadline", "2s", "--retry-period", "500ms"];

    /// <summary>The program: the published one that the suite names, else the one that was built with the tests.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_TEST_PROGRAM")
        ?? Path.Combine(AppContext.BaseDirectory, "rollout-operator");

    private const int MostShown = 200;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log = [];
    private readonly Task _reading;

    private RunningOperator(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    public IEnumerable<string> Log => _log;

    /// <param name="cluster">The cluster.</param>
    /// <param name="namespace">Where it watches and lives, unless the arguments say otherwise.</param>
    /// <param name="podName">The name of its pod, as the kubelet would put it into the environment, or null.</param>
    /// <param name="arguments">Options of <c>run</c>.</param>
    public static RunningOperator Start(Cluster cluster, TestNamespace @namespace, string? podName, params string[] arguments)
    {
        string[] defaults =
        [
            "run",
            .. Unless(arguments, "--listen", "127.0.0.1:0"),
            .. Unless(arguments, "--kubeconfig", cluster.Kubeconfig),
            .. Array.Exists(arguments, ClusterWide.Contains) ? [] : Unless(arguments, "--namespace", @namespace.Name),
            .. Unless(arguments, "--operator-namespace", @namespace.Name),
            .. Unless(arguments, "--settle", "300ms"),
        ];
        var start = new ProcessStartInfo(Program, [.. defaults, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("KUBECONFIG");
        start.Environment["POD_NAME"] = podName;
        return new(Process.Start(start)!);
    }

    /// <summary>Waits until /readyz says yes.</summary>
    public Task ReadyAsync() => Cluster.EventuallyAsync(
        "the operator is ready; its log:\n" + string.Join('\n', _log),
        async () => await StatusAsync("/readyz") == HttpStatusCode.OK);

    public async Task<HttpStatusCode?> StatusAsync(string path)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(await AddressAsync() + path));
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public async Task<string> MetricsAsync() => await Http.GetStringAsync(new Uri(await AddressAsync() + "/metrics"));

    /// <summary>What it says of images.</summary>
    public async Task<JsonNode> ImagesAsync() => JsonNode.Parse(await Http.GetStringAsync(new Uri(await AddressAsync() + "/images")))!;

    /// <summary>The sum of the samples whose line begins so.</summary>
    public async Task<double> MetricAsync(string beginning) => (await MetricsAsync()).Split('\n')
        .Where(line => line.StartsWith(beginning, StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    /// <summary>Makes a change of a source and waits until the operator has read it.</summary>
    public async Task HearsAsync(Func<Task> change)
    {
        var before = await ReadsAsync();
        await change();
        await Cluster.EventuallyAsync("the operator has read the change", async () => await ReadsAsync() > before);
    }

    /// <summary>Waits for a line of the log that contains all of the words.</summary>
    public Task<string> LoggedAsync(params string[] words) => Cluster.EventuallyAsync(
        $"a line of the log with {string.Join(", ", words)}",
        () => Task.FromResult(_log.FirstOrDefault(line => words.All(w => line.Contains(w, StringComparison.Ordinal)))));

    /// <summary>Tells the process to end, as the kubelet does, and gives its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        Signal("TERM");
        return await ExitAsync();
    }

    /// <summary>Ends the process as a crash or the kernel would: it does nothing more.</summary>
    public Task KillAsync()
    {
        Signal("KILL");
        return ExitAsync();
    }

    /// <summary>Stops the process where it is, SIGSTOP, as a starved or frozen one is.</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>Lets a frozen process go on, SIGCONT.</summary>
    public void Thaw() => Signal("CONT");

    /// <summary>SIGTERM, without waiting for what comes of it.</summary>
    public void Terminate() => Signal("TERM");

    public async Task<bool> LeadsAsync() => await MetricAsync("rollout_operator_leader ") == 1;

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Cluster.Patience);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await ExitAsync();
        _process.Dispose();
        foreach (var line in _log.TakeLast(MostShown))
        {
            // Shown with a test that fails.
            TestContext.Current.TestOutputHelper?.WriteLine(line);
        }
    }

    private void Signal(string name)
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-" + name, $"{_process.Id}"]);
            kill.WaitForExit();
        }
    }

    private static string[] Unless(string[] arguments, string flag, string value) =>
        arguments.Contains(flag) ? [] : [flag, value];

    /// <summary>How many sources it has fetched.</summary>
    public Task<double> ReadsAsync() => MetricAsync("rollout_operator_source_reads_total");

    private async Task<string> AddressAsync() =>
        JsonNode.Parse(await LoggedAsync("Serving /metrics"))!.Text("Properties", "Address")!;

    private async Task ReadAsync(StreamReader lines)
    {
        while (await lines.ReadLineAsync() is { } line)
        {
            _log.Enqueue(line);
        }
    }
}
