{{/* The command line, from the values. */}}
{{- define "rollout-operator.arguments" -}}
- run
- --listen=:{{ .Values.listenPort }}
- --operator-namespace={{ include "rollout-operator.namespace" . }}
{{- if .Values.dryRun }}
- --dry-run
{{- else }}
- --leader-elect={{ .Values.leaderElection.enabled }}
{{- end }}
{{- if include "rollout-operator.elects" . }}
- --lease-name={{ include "rollout-operator.leaseName" . }}
- --lease-duration={{ .Values.leaderElection.leaseDuration }}
- --renew-deadline={{ .Values.leaderElection.renewDeadline }}
- --retry-period={{ .Values.leaderElection.retryPeriod }}
{{- end }}
- --settle={{ .Values.settle }}
- --stall-after={{ .Values.stallAfter }}
- --log-level={{ .Values.log.level }}
- --log-format={{ .Values.log.format }}
{{- if .Values.metrics.authentication }}
- --metrics-authentication
{{- end }}
{{- with .Values.tracing.endpoint }}
- --otlp-endpoint={{ . }}
{{- end }}
- --sources={{ include "rollout-operator.sources" . }}
{{- if include "rollout-operator.followsImages" . }}
- --image-poll-interval={{ .Values.images.pollInterval }}
{{- if .Values.images.registries }}
- --registries=/etc/rollout-operator/registries.json
{{- end }}
{{- end }}
{{- if .Values.pushNotifications.enabled }}
- --push-notifications-listen=:{{ .Values.pushNotifications.port }}
- --push-notifications-secret-file=/etc/rollout-operator-notifications/secret
{{- end }}
{{- range .Values.scope.namespaces }}
- --namespace={{ . }}
{{- end }}
{{- with .Values.scope.namespaceSelector }}
- {{ printf "--namespace-selector=%s" . | quote }}
{{- end }}
{{- range .Values.scope.excludedNamespaces }}
- --exclude-namespace={{ . }}
{{- end }}
{{- if .Values.scope.allowCrossNamespace }}
- --allow-cross-namespace
{{- end }}
{{- with .Values.enrolment.workloadSelector }}
- {{ printf "--workload-selector=%s" . | quote }}
{{- end }}
{{- if .Values.enrolment.auto }}
- --auto
{{- end }}
{{- range .Values.workloadKinds }}
- --workload-kind={{ .group }}/{{ .version }}/{{ .resource }}/{{ .kind }}{{ with .path }}:{{ . }}{{ end }}
{{- end }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{/* Over nodes and zones, unless told otherwise; the label selector is added where it is missing. */}}
{{- define "rollout-operator.spread" -}}
{{- $constraints := .Values.topologySpreadConstraints }}
{{- if and (not $constraints) .Values.defaultTopologySpread }}
{{- $constraints = list }}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
{{- $constraints = append $constraints (dict "maxSkew" 1 "topologyKey" . "whenUnsatisfiable" "ScheduleAnyway") }}
{{- end }}
{{- end }}
{{- if $constraints }}
topologySpreadConstraints:
  {{- $selector := dict "labelSelector" (dict "matchLabels" (include "rollout-operator.selectorLabels" . | fromYaml)) }}
  {{- range $constraints }}
  - {{- toYaml (merge (dict) . $selector) | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "rollout-operator.readsRegistries" -}}
{{- if and (include "rollout-operator.followsImages" .) .Values.images.registries }}yes{{ end }}
{{- end }}

{{- define "rollout-operator.podAnnotations" -}}
{{- $chart := dict "kubectl.kubernetes.io/default-container" "rollout-operator" }}
{{- if include "rollout-operator.readsRegistries" . }}
{{- /* Read at the start only, so a change of it replaces the pods. */}}
{{- $_ := set $chart "rollout-operator/registries" (toJson .Values.images.registries | sha256sum) }}
{{- end }}
{{- include "rollout-operator.merged" (list $chart .Values.commonAnnotations .Values.podAnnotations) }}
{{- end }}

{{- define "rollout-operator.volumes" -}}
{{- if include "rollout-operator.readsRegistries" . }}
- name: registries
  configMap:
    name: {{ include "rollout-operator.fullname" . }}-registries
{{- end }}
{{- if .Values.pushNotifications.enabled }}
- name: notifications
  secret:
    secretName: {{ .Values.pushNotifications.secretName }}
    items: [{ key: {{ .Values.pushNotifications.secretKey | quote }}, path: secret }]
{{- end }}
{{- end }}

{{- define "rollout-operator.volumeMounts" -}}
{{- if include "rollout-operator.readsRegistries" . }}
- name: registries
  mountPath: /etc/rollout-operator
  readOnly: true
{{- end }}
{{- if .Values.pushNotifications.enabled }}
- name: notifications
  mountPath: /etc/rollout-operator-notifications
  readOnly: true
{{- end }}
{{- end }}

{{/* With the network of the node, its resolver would be used too, which knows no Services. */}}
{{- define "rollout-operator.network" -}}
{{- if .Values.hostNetwork }}
hostNetwork: true
{{- end }}
{{- with .Values.dnsPolicy | default (ternary "ClusterFirstWithHostNet" "" .Values.hostNetwork) }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
