using System.Globalization;

namespace RolloutOperator.Core.Checksums;

/// <summary>
/// A moment on the cluster's logical clock. Kubernetes writes it as text. Within one resource it may be compared as a
/// number (KEP-5504); between resources that is sound where one etcd keeps them all, as its revision counts every write.
/// A version that is not a number is <see cref="Unknown"/> and proves nothing.
/// </summary>
/// <param name="Value">The number, 0 when the version is not known.</param>
public readonly record struct ResourceVersion(ulong Value)
{
    /// <summary>No knowledge of when: never before and never after anything.</summary>
    public static ResourceVersion Unknown => default;

    /// <summary>Before everything that matters: the first revision of etcd.</summary>
    public static ResourceVersion First => new(1);

    /// <summary>Whether there is a moment to compare with.</summary>
    public bool IsKnown => Value != 0;

    /// <summary>Reads the API's text; anything but a decimal number is <see cref="Unknown"/>.</summary>
    public static ResourceVersion Parse(ReadOnlySpan<char> text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? new(value) : Unknown;

    /// <summary>Whether this moment is known to lie after the other one.</summary>
    public bool IsKnownAfter(ResourceVersion other) => IsKnown && other.IsKnown && Value > other.Value;

    /// <summary>The later of two moments; an unknown one is before all others.</summary>
    public static ResourceVersion Latest(ResourceVersion one, ResourceVersion other) => one.Value >= other.Value ? one : other;

    /// <summary>Gives the number as the API writes it.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
