using k8s.Models;
using RolloutOperator.Core.Checksums;

namespace RolloutOperator.Leadership;

/// <summary>A Lease as an election reads it. Anyone with the permission may have left any field out.</summary>
internal static class LeaseFields
{
    extension(V1Lease lease)
    {
        /// <summary>The version of this state: the precondition of a write that follows from it.</summary>
        public string Version => lease.Metadata?.ResourceVersion ?? "";

        /// <summary>Who holds it; empty for nobody.</summary>
        public string Holder => lease.Spec?.HolderIdentity ?? "";

        /// <summary>For how long after a renewal the holder may believe that it holds it; null when that is not stated.</summary>
        public int? DurationSeconds => lease.Spec?.LeaseDurationSeconds;

        /// <summary>How often it has passed from one holder to another.</summary>
        public int Transitions => lease.Spec?.LeaseTransitions ?? 0;
    }
}
