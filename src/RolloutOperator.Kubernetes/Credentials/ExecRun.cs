using System.ComponentModel;
using System.Diagnostics;

namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>Runs a plugin once, without a terminal, and has what it printed.</summary>
internal sealed class ExecRun(ExecCommand command, KubeEndpoint endpoint, TimeProvider time)
{
    // Cloud plugins ask a token service and answer in seconds; one that waits for a person waits forever.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private const int MaxOutput = 1 << 20;
    private const int MaxComplaint = 300;

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
            Task<byte[]> complaint = ReadAsync(process.StandardError.BaseStream, either.Token);
            await Task.WhenAll(output, complaint).ConfigureAwait(false);
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
            return process.ExitCode == 0
                ? await output.ConfigureAwait(false)
                : throw Bad($"ended with code {process.ExitCode}{Complaint(await complaint.ConfigureAwait(false))}");
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Bad(deadline.IsCancellationRequested ? $"did not end within {Limit.TotalSeconds:0} s; it must not wait for input" : "could not be read from");
        }
        finally
        {
            Kill(process);
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(CommandPath.Resolve(command.Command) ?? throw NotFound(null))
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

        start.Environment["KUBERNETES_EXEC_INFO"] = ExecInfo.Write(command, endpoint);
        try
        {
            return Process.Start(start) ?? throw NotFound(null);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or IOException)
        {
            throw NotFound(e);
        }
    }

    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var kept = new MemoryStream();
        byte[] buffer = new byte[4096];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            // Beyond the limit it is read and dropped, so that the plugin does not hang on a full pipe.
            await kept.WriteAsync(buffer.AsMemory(0, (int)Math.Min(count, MaxOutput - kept.Length)), cancellationToken).ConfigureAwait(false);
        }

        return kept.ToArray();
    }

    // The last line is where programs say what went wrong.
    private static string Complaint(byte[] complaint)
    {
        string text = Wire.Excerpt.Printable(Wire.Excerpt.LastLine(complaint), MaxComplaint);
        return text.Length == 0 ? "" : $": {text}";
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
            // It ended in between.
        }
    }

    private KubeConfigException NotFound(Exception? inner) => new(
        $"the credential plugin {command.Command} cannot be started; install it or correct the exec entry's command ({endpoint.Description}){Hint()}", inner);

    private KubeConfigException Bad(string what) => new($"the credential plugin {command.Command} {what} ({endpoint.Description}){Hint()}");

    private string Hint() => string.IsNullOrWhiteSpace(command.InstallHint) ? "" : $"; {Wire.Excerpt.Printable(command.InstallHint, MaxComplaint)}";
}
