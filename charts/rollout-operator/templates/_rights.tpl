{{/* What is used in the watched namespaces, or in all of them. */}}
{{- define "rollout-operator.workloadRights" -}}
{{- $verbs := ternary "list, watch" "list, watch, patch" (eq (toString .Values.dryRun) "true") -}}
# Enrolled workloads are watched; the ledger and the rollout are one patch.
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets]
  verbs: [{{ $verbs }}]
{{- range .Values.workloadKinds }}
- apiGroups: [{{ .group | quote }}]
  resources: [{{ .resource }}]
  verbs: [{{ $verbs }}]
{{- end }}
{{- $sources := splitList "," (include "rollout-operator.sources" .) }}
{{- with without $sources "images" }}
# List and watch ask for metadata only; get reads the objects that enrolled workloads use.
- apiGroups: [""]
  resources: [{{ join ", " . }}]
  verbs: [get, list, watch]
{{- end }}
{{- if and (has "images" $sources) (has "secrets" $sources) (not (has "serviceaccounts" $sources)) }}
# Which pull secrets a ServiceAccount names, for the images of workloads that name none themselves.
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [get]
{{- end }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end }}

{{/* What is used in the operator's own namespace. RBAC cannot restrict create to one name. */}}
{{- define "rollout-operator.ownRights" -}}
{{- $secrets := has "secrets" .Values.sources }}
{{- $elects := include "rollout-operator.elects" . }}
{{- if not (or $secrets $elects) }}
[]
{{- end }}
{{- if and $secrets (not .Values.dryRun) }}
- apiGroups: [""]
  resources: [secrets]
  verbs: [create]
{{- end }}
{{- if $secrets }}
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [rollout-operator-digest-key]
  verbs: [get, watch]
{{- end }}
{{- if $elects }}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ include "rollout-operator.leaseName" . }}]
  verbs: [get, list, watch, patch]
{{- end }}
{{- end }}

{{- define "rollout-operator.subject" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "rollout-operator.serviceAccountName" . }}
    namespace: {{ include "rollout-operator.namespace" . }}
{{- end }}
