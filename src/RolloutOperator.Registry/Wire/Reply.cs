using System.Collections.Immutable;

namespace RolloutOperator.Registry.Wire;

/// <summary>What came of a request.</summary>
internal abstract record Reply
{
    private Reply()
    {
    }

    /// <summary>An answer, with what is read of one.</summary>
    public sealed record Answer : Reply
    {
        public required int Status { get; init; }

        /// <summary>Whether another host than the one that was asked has given it.</summary>
        public bool IsForeign { get; init; }

        /// <summary>The type of the content, in lower case and without parameters.</summary>
        public string? ContentType { get; init; }

        public bool IsEncoded { get; init; }

        public string? Digest { get; init; }

        public ImmutableArray<string> Challenges { get; init; } = [];

        public TimeSpan? RetryAfter { get; init; }

        public Pace.Quota? Quota { get; init; }

        public ReadOnlyMemory<byte> Body { get; init; }
    }

    /// <summary>None, or none that may be used.</summary>
    public sealed record Lost(NoInformationReason Reason, string Detail, TimeSpan? RetryAfter = null) : Reply
    {
        public Resolution.NoInformation Resolution => new(Reason, Detail, RetryAfter);
    }
}
