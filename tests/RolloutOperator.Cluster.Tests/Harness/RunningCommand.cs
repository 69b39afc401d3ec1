using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>A command for people that does not end by itself, with the right to read a namespace and no other.</summary>
internal sealed class RunningCommand : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> _errors = new();

    private RunningCommand(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => _ = line.Data is null ? _lines.Writer.TryComplete() : _lines.Writer.TryWrite(line.Data);
        process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What it has said on its standard error.</summary>
    public string Errors => string.Join('\n', _errors);

    /// <summary>Starts it in a namespace.</summary>
    /// <param name="space">The namespace, and that of the operator.</param>
    /// <param name="permissions">What it may do; null for all reading in the namespace.</param>
    /// <param name="arguments">The command with its options.</param>
    public static async Task<RunningCommand> StartAsync(TestNamespace space, IEnumerable<Permission>? permissions, params string[] arguments)
    {
        var account = await TestAccount.CreateAsync(space, permissions ?? CliProcess.Permissions([space.Name]), "reader");
        return new(CliProcess.Start([.. arguments, "--kubeconfig", account.Kubeconfig, "--operator-namespace", space.Name, "--namespace", space.Name]));
    }

    /// <summary>The next line that it prints.</summary>
    public async Task<string> LineAsync()
    {
        using var patience = new CancellationTokenSource(TestCluster.Timeout);
        try
        {
            return await _lines.Reader.ReadAsync(patience.Token);
        }
        catch (ChannelClosedException)
        {
            throw new InvalidOperationException("it has ended: " + Errors);
        }
    }

    /// <summary>The next line that fulfils a condition.</summary>
    public async Task<string> LineAsync(Func<string, bool> condition)
    {
        while (true)
        {
            if (await LineAsync() is var line && condition(line))
            {
                return line;
            }
        }
    }

    /// <summary>Ends it as Ctrl-C does, and gives its exit code.</summary>
    public async Task<int> InterruptAsync()
    {
        using (var kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await _process.WaitForExitAsync().WaitAsync(TestCluster.Timeout);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
