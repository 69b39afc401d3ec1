{{/*
Combinations that cannot work, each with the reason. The schema says what one value may be; it is skipped by some tools,
and it cannot see two values at once as readably.
*/}}
{{- define "rollout-operator.guards" -}}
{{- $v := .Values }}
{{- if and (not $v.leaderElection.enabled) (gt (int $v.replicaCount) 1) }}
{{- fail "replicaCount > 1 needs leaderElection.enabled: without a Lease, every replica would write to workloads" }}
{{- end }}
{{- if and (not $v.leaderElection.enabled) (ne $v.updateStrategy.type "Recreate") }}
{{- fail "leaderElection.enabled=false needs updateStrategy.type=Recreate: during a rolling update two replicas run at once" }}
{{- end }}
{{- if and $v.scope.namespaces $v.scope.namespaceSelector }}
{{- fail "scope.namespaces and scope.namespaceSelector exclude each other: one names the namespaces, the other finds them" }}
{{- end }}
{{- if and $v.scope.namespaces $v.scope.excludedNamespaces }}
{{- fail "scope.excludedNamespaces is of no use beside scope.namespaces: leave the namespace out of the list instead" }}
{{- end }}
{{- if and $v.enrolment.auto $v.enrolment.workloadSelector }}
{{- fail "enrolment.auto and enrolment.workloadSelector exclude each other: one enrols everything, the other what it finds" }}
{{- end }}
{{- if and $v.serviceMonitor.enabled $v.podMonitor.enabled }}
{{- fail "serviceMonitor.enabled and podMonitor.enabled exclude each other: every sample would be there twice" }}
{{- end }}
{{- if and (ne (toString $v.podDisruptionBudget.minAvailable) "") (ne (toString $v.podDisruptionBudget.maxUnavailable) "") }}
{{- fail "podDisruptionBudget.minAvailable and .maxUnavailable exclude each other: Kubernetes takes only one of them" }}
{{- end }}
{{- if and $v.podDisruptionBudget.enabled (eq (toString $v.podDisruptionBudget.minAvailable) (toString $v.replicaCount)) (gt (int $v.replicaCount) 1) }}
{{- fail "podDisruptionBudget.minAvailable equals replicaCount: no node could ever be drained" }}
{{- end }}
{{- if and (not $v.serviceAccount.create) (not $v.serviceAccount.name) $v.rbac.create }}
{{- fail "serviceAccount.create=false needs serviceAccount.name: the rights would go to the namespace's default account, and so to all of its pods" }}
{{- end }}
{{- if and $v.hostNetwork $v.networkPolicy.enabled }}
{{- fail "networkPolicy.enabled has no effect on pods with hostNetwork: leave one of them out" }}
{{- end }}
{{- if not (include "rollout-operator.sources" .) }}
{{- fail "sources has only images, and images.enabled=false takes them out: nothing would be followed" }}
{{- end }}
{{- if and $v.images.registries (not (include "rollout-operator.followsImages" .)) }}
{{- fail "images.registries is of no use without images.enabled and images in sources: no registry is asked" }}
{{- end }}
{{- if or (not $v.securityContext) (not $v.podSecurityContext) }}
{{- fail "securityContext and podSecurityContext may not be null: the pod would run with whatever rights its image asks for. To change one field, write that field" }}
{{- end }}
{{- include "rollout-operator.optionGuards" . }}
{{- end }}
