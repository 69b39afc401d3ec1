using System.Collections.Immutable;

namespace RolloutOperator.Hosting.Permissions;

/// <summary>What is known of the rights. Pure: each review gives the next state, and what is news in it.</summary>
internal sealed record PermissionState
{
    private ImmutableDictionary<Permission, bool> _known = ImmutableDictionary<Permission, bool>.Empty;

    /// <summary>Nothing is known.</summary>
    public static PermissionState None { get; } = new();

    /// <summary>Those that are known to be missing. Of one that is enough in selected namespaces: those of these namespaces.</summary>
    public IEnumerable<Permission> Missing => _known.Where(known => !known.Value && !known.Key.InSelected).Select(known => known.Key);

    /// <summary>Whether it is known to be there.</summary>
    public bool Has(Permission right) => _known.GetValueOrDefault(right);

    /// <summary>What is known after these answers.</summary>
    /// <param name="answers">In the order in which news are told; null where there was no answer, which changes nothing.</param>
    /// <param name="everything">Whether all rights were asked about: of others, nothing is known any more.</param>
    public (PermissionState Now, ImmutableArray<Permission> Lost, ImmutableArray<Permission> Granted) After(
        IReadOnlyCollection<(Permission Right, bool? Allowed)> answers, bool everything)
    {
        // A namespace that is selected no more is not among the answers about those that are.
        var selecting = answers.Select(answer => answer.Right).Where(right => right.InSelected).ToArray();
        var known = _known.RemoveRange(_known.Keys.Except(answers.Select(answer => answer.Right)).Where(
            right => everything || (right.Access.Namespace is { } space && selecting.Any(selected => selected.In(space) == right))));
        var news = answers.Where(answer => !answer.Right.InSelected && answer.Allowed is { } allowed && known.GetValueOrDefault(answer.Right, true) != allowed).ToArray();
        return (
            this with { _known = known.SetItems(answers.Where(a => a.Allowed is not null).Select(a => KeyValuePair.Create(a.Right, a.Allowed!.Value))) },
            [.. news.Where(answer => answer.Allowed is false).Select(answer => answer.Right)],
            [.. news.Where(answer => answer.Allowed is true).Select(answer => answer.Right)]);
    }
}
