using System.Collections.Immutable;
using RolloutOperator.Registry;

namespace RolloutOperator.Observe.Images;

/// <summary>The credentials of one place, and who uses them.</summary>
internal sealed class Purse(PurseName name)
{
    public PurseName Name { get; } = name;

    /// <summary>Those whose images are looked at with it.</summary>
    public HashSet<Claimed> Claims { get; } = [];

    /// <summary>What is in it, or null before it was opened for the first time.</summary>
    public Keyring? Keyring { get; set; }

    /// <summary>What could not be read, as a half-sentence, or null.</summary>
    public string? Problem { get; set; }

    /// <summary>The Secrets whose bell is listened to.</summary>
    public ImmutableHashSet<string> Secrets { get; set; } = [];

    public bool Opening { get; set; }

    /// <summary>Whether it has to be opened once more, because something rang meanwhile.</summary>
    public bool Again { get; set; }

    /// <summary>Whether a Secret was written since: what was turned down deserves another try.</summary>
    public bool Forgiving { get; set; }

    public TimeSpan OpenedAt { get; set; }
}

/// <summary>What was found in a purse.</summary>
/// <param name="Keyring">The credentials.</param>
/// <param name="Secrets">The Secrets that it is made of, whether they exist or not.</param>
/// <param name="Problem">What could not be read, as a half-sentence, or null.</param>
internal sealed record PurseContent(Keyring Keyring, ImmutableHashSet<string> Secrets, string? Problem);
