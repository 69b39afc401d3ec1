using System.Globalization;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Leadership;

/// <summary>The election that this process takes part in.</summary>
/// <param name="Namespace">The namespace of the Lease.</param>
/// <param name="LeaseName">The name of the Lease.</param>
/// <param name="Identity">The identity of this process in it.</param>
/// <param name="IsUnique">Whether no other process can have that identity while this one lives: a pod's name is its own.</param>
/// <param name="Times">The times.</param>
internal sealed record ElectionSettings(string Namespace, string LeaseName, string Identity, bool IsUnique, LeaseTimes Times);

/// <summary>The times of an election. Only their lengths matter: no two clocks are ever compared.</summary>
/// <param name="Duration">How long others wait for a renewal before they acquire the Lease.</param>
/// <param name="RenewDeadline">How long a leader acts without a renewal. It is shorter than the duration, so that a leader stops before another one begins.</param>
/// <param name="RetryPeriod">How often a leader renews, and how soon a request that failed is made again.</param>
internal sealed record LeaseTimes(TimeSpan Duration, TimeSpan RenewDeadline, TimeSpan RetryPeriod)
{
    /// <summary>The jitter of renewals. A deadline within one renewal would be missed without any fault.</summary>
    public const double Spread = 0.2;

    /// <summary>The longest duration that a Lease may state. One that states more was not written by us; this is used instead.</summary>
    public static readonly TimeSpan LongestDuration = TimeSpan.FromMinutes(5);

    // More frequent requests would load the API server.
    public static readonly TimeSpan ShortestRetryPeriod = TimeSpan.FromMilliseconds(100);

    public static LeaseTimes Default { get; } = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));

    /// <summary>The duration in whole seconds, as a Lease states it. Stating more than is used is safe.</summary>
    public int StatedSeconds => (int)Math.Ceiling(Duration.TotalSeconds);

    /// <summary>The timeout of a request. It leaves time for a second one.</summary>
    public TimeSpan RequestTimeout => RenewDeadline / 2;

    /// <summary>Why these times are invalid; null if they are valid.</summary>
    public string? Problem =>
        Duration > LongestDuration ? $"--lease-duration {Text(Duration)}: at most {Text(LongestDuration)}."
        : RetryPeriod < ShortestRetryPeriod ? $"--retry-period {Text(RetryPeriod)}: at least {Text(ShortestRetryPeriod)}."
        : RenewDeadline >= Duration ? $"--renew-deadline {Text(RenewDeadline)}: must be shorter than --lease-duration ({Text(Duration)}), so that a leader stops before another one begins."
        : RenewDeadline <= RetryPeriod * (1 + Spread) ? $"--renew-deadline {Text(RenewDeadline)}: must be longer than 1.2 times --retry-period ({Text(RetryPeriod)}), so that a renewal comes before it."
        : null;

    private static string Text(TimeSpan length) => string.Create(CultureInfo.InvariantCulture, $"{length.TotalSeconds}s");
}
