using System.Globalization;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Leadership;

/// <summary>The times of an election. Only their lengths matter: no two clocks are ever compared.</summary>
/// <param name="Duration">How long others wait for a sign of the leader before they take its place.</param>
/// <param name="RenewDeadline">How long a leader acts without having renewed. It is shorter, so that nobody acts any more when the others take over.</param>
/// <param name="RetryPeriod">How often a leader renews, and how soon a request that failed is made again.</param>
internal sealed record LeaseTimes(TimeSpan Duration, TimeSpan RenewDeadline, TimeSpan RetryPeriod)
{
    /// <summary>Renewals are spread by up to a fifth; a deadline within one would be missed without any fault.</summary>
    public const double Spread = 0.2;

    /// <summary>A Lease states its duration; one that states more than this was not written by us, and is not believed.</summary>
    public static readonly TimeSpan LongestDuration = TimeSpan.FromMinutes(5);

    // Below this, the requests of an election would be a load of their own.
    private static readonly TimeSpan ShortestRetryPeriod = TimeSpan.FromMilliseconds(100);

    public static LeaseTimes Default { get; } = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));

    /// <summary>The duration as a Lease can hold it. Stating more than is used is safe.</summary>
    public int StatedSeconds => (int)Math.Ceiling(Duration.TotalSeconds);

    /// <summary>A request that takes longer has failed, so that a second one still finds the time.</summary>
    public TimeSpan Patience => RenewDeadline / 2;

    /// <summary>Why no election can go by these times; null when one can.</summary>
    public string? Problem =>
        Duration > LongestDuration ? $"--lease-duration {Text(Duration)}: at most {Text(LongestDuration)}."
        : RetryPeriod < ShortestRetryPeriod ? $"--retry-period {Text(RetryPeriod)}: at least {Text(ShortestRetryPeriod)}."
        : RenewDeadline >= Duration ? $"--renew-deadline {Text(RenewDeadline)}: must be shorter than --lease-duration ({Text(Duration)}), so that a leader stops before another one begins."
        : RenewDeadline <= RetryPeriod * (1 + Spread) ? $"--renew-deadline {Text(RenewDeadline)}: must be longer than 1.2 times --retry-period ({Text(RetryPeriod)}), so that a renewal comes before it."
        : null;

    private static string Text(TimeSpan length) => string.Create(CultureInfo.InvariantCulture, $"{length.TotalSeconds}s");
}
