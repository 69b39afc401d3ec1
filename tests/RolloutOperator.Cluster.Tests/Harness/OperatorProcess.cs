using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>The published program as a child process, with its log and its HTTP endpoints.</summary>
public sealed class OperatorProcess : IAsyncDisposable
{
    private const int ShownLines = 200;

    private static readonly HttpClient Http = new();

    // Options that say which namespaces to watch, and exclude a list of them.
    private static readonly string[] ClusterWide = ["--namespace-selector", "--exclude-namespace"];

    private readonly Process _process;
    private readonly ConcurrentQueue<LogLine> _log = [];
    private readonly Signal _logged = new();
    private readonly Task _reading;

    private OperatorProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>Options with which a leader that was killed is soon replaced. On a busy machine, a term may end by itself.</summary>
    public static string[] ShortLease { get; } = ["--lease-duration", "3s", "--renew-deadline", "2s", "--retry-period", "500ms"];

    /// <summary>The published program that the suite names, else the one that was built beside the tests.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_TEST_PROGRAM")
        ?? Repository.PathOf("artifacts", "bin", "RolloutOperator", new DirectoryInfo(AppContext.BaseDirectory).Name, "rollout-operator");

    internal IEnumerable<LogLine> Log => _log;

    /// <param name="space">The namespace that it watches and lives in, unless the arguments say otherwise.</param>
    /// <param name="podName">The name of its pod, as the kubelet would put it into the environment, or null.</param>
    /// <param name="arguments">Options of <c>run</c>.</param>
    /// <param name="program">Another program than <see cref="Program"/>.</param>
    public static OperatorProcess Start(TestNamespace space, string? podName, string[] arguments, string? program = null)
    {
        string[] defaults =
        [
            .. Unless(arguments, "--listen", "127.0.0.1:0"),
            .. Unless(arguments, "--kubeconfig", space.Cluster.Kubeconfig),
            .. Array.Exists(arguments, ClusterWide.Contains) ? [] : Unless(arguments, "--namespace", space.Name),
            .. Unless(arguments, "--operator-namespace", space.Name),
            .. Unless(arguments, "--settle", "200ms"),
        ];
        var start = Command(["run", .. defaults, .. arguments], program);
        start.Environment["POD_NAME"] = podName;
        return new(Process.Start(start)!);
    }

    /// <summary>Runs another command of the program to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(Command(arguments, null))!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TestCluster.Timeout);
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>Waits until /readyz says yes.</summary>
    public Task ReadyAsync() => TestCluster.EventuallyAsync("the operator is ready", async () => await StatusAsync("/readyz") == HttpStatusCode.OK, _logged);

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

    /// <summary>The sum of the samples whose line begins so, and contains the other text.</summary>
    public async Task<double> MetricAsync(string beginning, string containing = "") => (await MetricsAsync()).Split('\n')
        .Where(line => line.StartsWith(beginning, StringComparison.Ordinal) && line.Contains(containing, StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    /// <summary>Waits until the sum of the samples whose line begins so is this number.</summary>
    public Task MetricIsAsync(string beginning, double value) =>
        TestCluster.EventuallyAsync($"{beginning} is {value}", async () => await MetricAsync(beginning) == value);

    /// <summary>Makes a change of a source and waits until the operator has read it.</summary>
    public async Task ReadsAsync(Func<Task> change)
    {
        var before = await SourceReadsAsync();
        await change();
        await TestCluster.EventuallyAsync("the operator has read the change", async () => await SourceReadsAsync() > before);
    }

    /// <summary>How many sources it has read.</summary>
    public Task<double> SourceReadsAsync() => MetricAsync("rollout_operator_source_reads_total");

    public async Task<bool> LeadsAsync() => await MetricAsync("leader_election_master_status{") == 1;

    /// <summary>Waits for a line of the log that contains all of the words.</summary>
    internal Task<LogLine> LoggedAsync(params string[] words) => LoggedAsync(
        $"a line of the log with {string.Join(", ", words)}", line => words.All(line.Says));

    /// <summary>Waits for a warning that contains all of the words.</summary>
    internal Task<LogLine> WarnedAsync(params string[] words) => LoggedAsync(
        $"a warning with {string.Join(", ", words)}", line => line.IsWarning && words.All(line.Says));

    internal Task<LogLine> LoggedAsync(string what, Func<LogLine, bool> condition) => TestCluster.EventuallyAsync(
        what,
        () =>
        {
            var hasEnded = _reading.IsCompleted;
            var line = _log.FirstOrDefault(condition);
            return line is null && hasEnded ? throw new InvalidOperationException($"The operator has ended without {what}") : Task.FromResult(line);
        },
        _logged);

    /// <summary>The permissions in messages that begin so.</summary>
    internal IReadOnlyList<string> Permissions(string beginning) =>
    [
        .. _log.Where(line => line.Message.StartsWith(beginning + ": ", StringComparison.Ordinal))
            .Select(line => $"{line.Field("verb")} on {line.Field("resource")} in {line.Field("where")}"),
    ];

    /// <summary>Tells the process to end, as the kubelet does, and returns its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        Terminate();
        return await ExitAsync();
    }

    /// <summary>Sends SIGTERM, and does not wait.</summary>
    public void Terminate() => Signal("TERM");

    /// <summary>Ends the process as a crash would.</summary>
    public Task KillAsync()
    {
        Signal("KILL");
        return ExitAsync();
    }

    /// <summary>Stops the process where it is, as one that gets no CPU.</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>Lets a frozen process continue.</summary>
    public void Thaw() => Signal("CONT");

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TestCluster.Timeout);
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
        foreach (var line in _log.TakeLast(ShownLines))
        {
            // Shown with a test that fails.
            TestContext.Current.TestOutputHelper?.WriteLine(line.Text);
        }
    }

    private static ProcessStartInfo Command(string[] arguments, string? program)
    {
        var start = new ProcessStartInfo(program ?? Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("KUBECONFIG");
        return start;
    }

    private static string[] Unless(string[] arguments, string flag, string value) => arguments.Contains(flag) ? [] : [flag, value];

    private void Signal(string name)
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-" + name, $"{_process.Id}"]);
            kill.WaitForExit();
        }
    }

    private async Task<string> AddressAsync() => (await LoggedAsync("Serving /metrics")).Field("address")!;

    private async Task ReadAsync(StreamReader lines)
    {
        while (await lines.ReadLineAsync() is { } line)
        {
            _log.Enqueue(new(line));
            _logged.Raise();
        }
    }
}
