using System.ComponentModel;
using System.Diagnostics;
using RolloutOperator.Kubernetes.Errors;

namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>The credential of a plugin. It runs when there is no credential, when that has expired, and after a 401; one run at a time.</summary>
internal sealed class ExecPlugin(ExecCommand command, KubeEndpoint endpoint, TimeProvider time) : CredentialSource
{
    // A user without access gets a 401 for every request. That must not start a process each time.
    private static readonly TimeSpan BetweenRenewals = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _running = new(1, 1);
    private volatile ExecCredential? _current;
    private long _ranAt;

    public override async ValueTask<LiveCredential> GetAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } fresh)
        {
            return fresh;
        }

        await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return Fresh() ?? await Run_NeedsLockAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _running.Release();
        }
    }

    public override async ValueTask<bool> RenewAsync(LiveCredential refused, CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return !ReferenceEquals(_current?.Credential, refused)
                || (time.GetElapsedTime(_ranAt) >= BetweenRenewals && !ReferenceEquals(await Run_NeedsLockAsync(cancellationToken).ConfigureAwait(false), refused));
        }
        finally
        {
            _running.Release();
        }
    }

    public override void Dispose()
    {
        _running.Dispose();
        base.Dispose();
    }

    private LiveCredential? Fresh() => _current is { } current && (current.Expires is not { } expires || time.GetUtcNow() < expires) ? current.Credential : null;

    private async Task<LiveCredential> Run_NeedsLockAsync(CancellationToken cancellationToken)
    {
        byte[] output = await new ExecProcess(command, endpoint, time).RunAsync(cancellationToken).ConfigureAwait(false);
        ExecCredential next = ExecCredential.Read(output, command, endpoint);
        _ranAt = time.GetTimestamp();

        // Plugins cache. The same output is not another credential, and needs no new connection pool.
        if (_current is { } last && last.Fingerprint == next.Fingerprint)
        {
            next = next with { Credential = last.Credential };
        }

        _current = next;
        return next.Credential;
    }
}

/// <summary>Runs a plugin once, without a terminal, and returns its output.</summary>
internal sealed class ExecProcess(ExecCommand command, KubeEndpoint endpoint, TimeProvider time)
{
    // Cloud plugins call a token service and finish in seconds. One that waits for a person waits forever.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private const int MaxOutput = 1 << 20;
    private const int MaxExcerpt = 300;

    public async Task<byte[]> RunAsync(CancellationToken cancellationToken)
    {
        using Process process = Start();
        using var deadline = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        await using CancellationTokenRegistration ending = either.Token.Register(() => Kill(process));
        try
        {
            process.StandardInput.Close();
            Task<byte[]> output = ReadAsync(process.StandardOutput.BaseStream, either.Token);
            Task<byte[]> errors = ReadAsync(process.StandardError.BaseStream, either.Token);
            await Task.WhenAll(output, errors).ConfigureAwait(false);
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
            if (process.ExitCode == 0)
            {
                return await output.ConfigureAwait(false);
            }

            // The last line is where programs say what went wrong.
            string last = Excerpt.Printable(Excerpt.LastLine(await errors.ConfigureAwait(false)), MaxExcerpt);
            throw Bad($"exited with code {process.ExitCode}{(last.Length == 0 ? "" : ": ")}{last}");
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Bad(deadline.IsCancellationRequested ? $"did not exit within {Limit.TotalSeconds:0} s; it must not wait for input" : "closed its output with an error");
        }
        finally
        {
            Kill(process);
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(FindCommand() ?? throw CannotStart(null))
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in command.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["KUBERNETES_EXEC_INFO"] = ExecCredential.Info(command, endpoint);
        try
        {
            return Process.Start(start) ?? throw CannotStart(null);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or IOException)
        {
            throw CannotStart(e);
        }
    }

    // PATH and nothing else: the runtime would look beside the program and in the working directory first, where anyone may
    // have put something of that name.
    private string? FindCommand()
    {
        string name = command.Command;
        if (name.Contains('/', StringComparison.Ordinal) || Path.IsPathRooted(name))
        {
            return File.Exists(name) ? name : null;
        }

        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathRooted)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);
    }

    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var kept = new MemoryStream();
        byte[] buffer = new byte[4096];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            // The rest is read and dropped, so that the plugin does not block on a full pipe.
            await kept.WriteAsync(buffer.AsMemory(0, (int)Math.Min(count, MaxOutput - kept.Length)), cancellationToken).ConfigureAwait(false);
        }

        return kept.ToArray();
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or NotSupportedException)
        {
            // It has exited meanwhile.
        }
    }

    private KubeConfigException CannotStart(Exception? inner) => Bad("cannot be started; install it or correct the exec entry's command", inner);

    private KubeConfigException Bad(string what, Exception? inner = null)
    {
        string hint = string.IsNullOrWhiteSpace(command.InstallHint) ? "" : $"; {Excerpt.Printable(command.InstallHint, MaxExcerpt)}";
        return new($"the credential plugin {command.Command} {what} ({endpoint.Description}){hint}", inner);
    }
}
