{{/*
Combinations that cannot work, each with the reason. The schema says what one value may be; it is skipped by some tools,
and it cannot see two values at once as readably.
*/}}
{{- define "rollout-operator.guards" -}}
{{- $v := .Values }}
{{- if and (not $v.dryRun) (not $v.leaderElection.enabled) (gt (int $v.replicaCount) 1) }}
{{- fail "replicaCount > 1 needs leaderElection.enabled: without a Lease, every replica would write to workloads" }}
{{- end }}
{{- if and (not $v.dryRun) (not $v.leaderElection.enabled) (ne $v.updateStrategy.type "Recreate") }}
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
{{- if not $v.enabled }}
{{- fail "enabled=false is for a chart that depends on this one and names it as the condition; a release of this chart alone would be empty" }}
{{- end }}
{{- $selector := include "rollout-operator.selectorLabels" . | fromYaml }}
{{- $labels := dict "commonLabels" $v.commonLabels "podLabels" $v.podLabels "deploymentLabels" $v.deploymentLabels "service.labels" $v.service.labels }}
{{- range $name, $label := $labels }}
{{- range $key := keys ($label | default dict) | sortAlpha }}
{{- if hasKey $selector $key }}
{{- fail (printf "%s has %s, by which the Deployment and the Services find the pods: use nameOverride, or the name of the release" $name $key) }}
{{- end }}
{{- end }}
{{- end }}
{{- if $v.pushNotifications.enabled }}
{{- if not (include "rollout-operator.followsImages" .) }}
{{- fail "pushNotifications.enabled is of no use without images.enabled and images in sources: no image is followed" }}
{{- end }}
{{- if not $v.pushNotifications.secretName }}
{{- fail "pushNotifications.enabled needs pushNotifications.secretName: the program takes no notification without a secret" }}
{{- end }}
{{- if eq (int $v.pushNotifications.port) (int $v.listenPort) }}
{{- fail "pushNotifications.port equals listenPort: metrics and notifications have a port each" }}
{{- end }}
{{- end }}
{{- if and (eq $v.dnsPolicy "None") (not (default dict $v.dnsConfig).nameservers) }}
{{- fail "dnsPolicy=None needs dnsConfig.nameservers: Kubernetes takes no pod without a name server" }}
{{- end }}
{{- range $v.extraEnv }}
{{- if eq .name "POD_NAME" }}
{{- fail "extraEnv has POD_NAME, which the chart sets: it names the replica in the Lease" }}
{{- end }}
{{- end }}
{{- range $v.extraVolumes }}
{{- if has .name (list "registries" "notifications") }}
{{- fail (printf "extraVolumes has %s, which is the name of a volume of the chart's own" .name) }}
{{- end }}
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
