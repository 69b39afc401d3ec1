using System.Collections.Frozen;

namespace RolloutOperator.Serving;

/// <content>The closed sets that labels take their values from.</content>
internal sealed partial class Instruments
{
    /// <summary>Why a workload was patched.</summary>
    internal enum Purpose
    {
        Adopt,
        Absorb,
        Roll,
        Disown,
    }

    /// <summary>What came of a patch: <c>refused</c> is an answer that a retry will not change, such as 403 or 422.</summary>
    internal enum PatchResult
    {
        Ok,
        Conflict,
        Refused,
        Failed,
    }

    /// <summary>What came of an Event: <c>dropped</c> is one that was not sent, because too many waited or the program ended.</summary>
    internal enum EventResult
    {
        Ok,
        Failed,
        Dropped,
    }

    /// <summary>Why a watch ended: by its own time limit, by 410 Gone, or otherwise.</summary>
    internal enum RestartCause
    {
        Timeout,
        Expired,
        Error,
    }

    /// <summary>What came of fetching a source.</summary>
    internal enum ReadResult
    {
        Present,
        Missing,
        Forbidden,
        Failed,
    }

    /// <summary>What came of acquiring, renewing or releasing the Lease.</summary>
    internal enum RenewalResult
    {
        Ok,
        Conflict,
        Refused,
        Failed,
    }

    /// <summary>Kubernetes' words, as far as this program has to do with them.</summary>
    internal static class Vocabulary
    {
        internal static readonly FrozenSet<string> Kinds = FrozenSet.Create("Deployment", "StatefulSet", "DaemonSet", Other);
        internal static readonly FrozenSet<string> Workloads = FrozenSet.Create("deployments", "statefulsets", "daemonsets", Other);
        internal static readonly FrozenSet<string> Sources = FrozenSet.Create("configmaps", "secrets", "serviceaccounts");

        /// <summary>What the stores are made of.</summary>
        internal static readonly FrozenSet<string> Stored = Workloads.Concat(Sources).Append("namespaces").ToFrozenSet();
        internal static readonly FrozenSet<string> Watched = Stored.Append("leases").ToFrozenSet();
        internal static readonly FrozenSet<string> Verbs = FrozenSet.Create("get", "list", "watch", "patch", "create", "update", "delete");
        internal static readonly FrozenSet<string> Reasons =
            FrozenSet.Create(
                "Adopted", "RolloutTriggered", "RolloutComplete", "RolloutHeld", "Blocked", "RolloutFailed", "Contended", "Standby", "DigestKeyChanged", "InvalidAnnotation",
                "MisplacedSetting", "ImageNotFollowed", "ImageProblem", "SourceNotFollowed");
        internal static readonly FrozenSet<string> Registries = FrozenSet.Create("docker.io", "ghcr.io", "quay.io", "registry.k8s.io", Other);

        /// <summary>Stands for every word that is not in its set, so that a set stays closed whatever comes.</summary>
        internal const string Other = "other";
    }

    /// <summary>The label texts of an enum, once: a hot counter must not build strings.</summary>
    private static class Texts<T>
        where T : struct, Enum
    {
        internal static readonly FrozenDictionary<T, string> All = Enum.GetValues<T>().ToFrozenDictionary(value => value, value => Snake(value.ToString()));
    }

    internal static string Text<T>(T value)
        where T : struct, Enum => Texts<T>.All.TryGetValue(value, out string? text) ? text : Vocabulary.Other;

    internal static string Known(string word, FrozenSet<string> vocabulary) =>
        vocabulary.TryGetValue(word, out string? known) ? known : Vocabulary.Other;

    private static string Snake(string name) =>
        string.Concat(name.Select((letter, at) => char.IsUpper(letter) && at > 0 ? $"_{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}
