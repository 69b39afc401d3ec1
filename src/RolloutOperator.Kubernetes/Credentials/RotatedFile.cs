using System.Security.Cryptography;

namespace RolloutOperator.Kubernetes.Credentials;

/// <summary>
/// The content of a file that is rotated while the program runs. It is read again at most once a minute: the kubelet
/// replaces tokens at 80 % of their life, which is at least ten minutes. Thread-safe.
/// </summary>
/// <param name="read">Reads and checks the file; null, or an exception about the file, if it cannot be used.</param>
/// <param name="initial">What has been read already.</param>
/// <param name="time">The clock.</param>
internal sealed class RotatedFile<T>(Func<T?> read, T? initial, TimeProvider time)
    where T : class
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private T? _current = initial;
    private long _readAt = time.GetTimestamp();

    /// <summary>Why the file could not be used when it was last read.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The last good content; null if there has been none.</summary>
    /// <param name="refused">Content that no longer works: the file is read at once if it is still the current one.</param>
    public T? Current(T? refused = null)
    {
        lock (_lock)
        {
            if (_current is null || ReferenceEquals(_current, refused) || time.GetElapsedTime(_readAt) >= Interval)
            {
                _readAt = time.GetTimestamp();
                try
                {
                    Failure = null;

                    // During a rotation the file may be missing or incomplete. The last good content still works.
                    _current = read() ?? _current;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
                {
                    Failure = e;
                }
            }

            return _current;
        }
    }
}
