using RolloutOperator.Core.Checksums;

namespace RolloutOperator.Core.Planning;

/// <summary>Finds what keeps new pods of a workload from starting, or keeps us from knowing what they would read.</summary>
internal static class BlockedReasons
{
    public static IEnumerable<BlockedSource> Of(ObservedSource observed)
    {
        var (use, state) = observed;
        switch (state)
        {
            case SourceState.Forbidden forbidden:
                yield return new(use.Source, forbidden.Detail);
                break;
            case SourceState.Missing when use.Required:
                yield return new(use.Source, "does not exist; create it, or mark the reference as optional");
                break;
            case SourceState.Present present:
                foreach (var key in use.RequiredKeys.Where(key => present.Content.Find(key) is null))
                {
                    yield return new(use.Source, $"has no key {key}; add it, or mark the reference as optional");
                }

                break;
            default:
                break;
        }
    }
}
