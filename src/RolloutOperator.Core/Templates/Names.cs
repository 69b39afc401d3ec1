using RolloutOperator.Core.Planning;

namespace RolloutOperator.Core.Templates;

/// <summary>The labels and annotations that people and the operator write on workloads.</summary>
public static class Names
{
    /// <summary>The prefix of the operator's own labels and annotations.</summary>
    public const string Prefix = "rollout-operator.io/";

    /// <summary>
    /// Label on a workload: <c>"true"</c> enrols it, <c>"false"</c> opts out of every other rule. On a namespace:
    /// <c>"true"</c> enrols its workloads.
    /// </summary>
    public const string Enabled = Prefix + "enabled";

    /// <summary>Annotation on the pod template: the checksum, the trigger of a rollout.</summary>
    public const string Checksum = Prefix + "checksum";

    /// <summary>Annotation on the pod template: the counter of rollouts.</summary>
    public const string Rollout = Prefix + "rollout";

    /// <summary>Annotation on a workload: what its pods are known to have read.</summary>
    public const string Ledger = Prefix + "ledger";

    /// <summary>Annotation on a workload: further sources, such as <c>configmap/a, secret/b</c>.</summary>
    public const string Include = Prefix + "include";

    /// <summary>Annotation on a workload: sources that do not count.</summary>
    public const string Exclude = Prefix + "exclude";

    /// <summary>Annotation on a workload: <c>"true"</c> holds rollouts back.</summary>
    public const string Pause = Prefix + "pause";

    /// <summary>Annotation on a workload: <c>"required"</c> holds each rollout back until it is approved.</summary>
    public const string Approval = Prefix + "approval";

    /// <summary>Annotation on a workload: the checksum of the state that may be rolled.</summary>
    public const string Approved = Prefix + "approved";

    /// <summary>Annotation on a workload: an <see cref="AdoptRequest"/>, by which its pods are taken to have read a state.</summary>
    public const string Adopt = Prefix + "adopt";

    /// <summary>Annotation on a workload: how long to wait for further changes before a rollout, such as <c>5s</c>.</summary>
    public const string Settle = Prefix + "settle";

    /// <summary>Annotation on a workload: <c>"off"</c> follows none of its images; <c>"on"</c> reports those that cannot be followed.</summary>
    public const string Images = Prefix + "images";

    /// <summary>Label or annotation on a source: <c>"true"</c> takes it out for every workload.</summary>
    public const string Ignore = Prefix + "ignore";

    /// <summary>Annotation on a workload that <c>kubectl rollout history</c> shows.</summary>
    public const string ChangeCause = "kubernetes.io/change-cause";

    /// <summary>The field manager of the writes to workloads, and what they are known by in managedFields.</summary>
    public const string FieldManager = "rollout-operator";
}
