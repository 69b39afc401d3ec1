{{- define "rollout-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "rollout-operator.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- $name := include "rollout-operator.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{/* Cluster-wide names carry the namespace, so that two releases of one name do not meet. */}}
{{- define "rollout-operator.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "rollout-operator.fullname" .) | trunc 253 }}
{{- end }}

{{- define "rollout-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "rollout-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "rollout-operator.leaseName" -}}
{{- default (include "rollout-operator.fullname" .) .Values.leaderElection.leaseName }}
{{- end }}

{{/* Never the chart's version: selectors cannot be changed. */}}
{{- define "rollout-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "rollout-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "rollout-operator.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "rollout-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: rollout-operator
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* metadata: (list $ "name" "namespace" labels annotations); an empty namespace is left out. */}}
{{- define "rollout-operator.metadata" -}}
{{- $root := index . 0 }}
{{- $labels := index . 3 }}
{{- $annotations := merge (dict) (index . 4 | default dict) $root.Values.commonAnnotations }}
name: {{ index . 1 }}
{{- with index . 2 }}
namespace: {{ . }}
{{- end }}
labels:
  {{- include "rollout-operator.labels" $root | nindent 2 }}
  {{- with $labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "rollout-operator.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* The kinds of sources that are followed, with commas. */}}
{{- define "rollout-operator.sources" -}}
{{- $sources := .Values.sources }}
{{- if not .Values.images.enabled }}
{{- $sources = without $sources "images" }}
{{- end }}
{{- join "," $sources }}
{{- end }}

{{/* Whether images are among them: yes, or nothing. */}}
{{- define "rollout-operator.followsImages" -}}
{{- if has "images" (splitList "," (include "rollout-operator.sources" .)) }}yes{{ end }}
{{- end }}
