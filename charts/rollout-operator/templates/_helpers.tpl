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

{{- define "rollout-operator.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{/* Cluster-wide names carry the namespace, so that two releases of one name do not meet. */}}
{{- define "rollout-operator.clusterName" -}}
{{- printf "%s-%s" (include "rollout-operator.namespace" .) (include "rollout-operator.fullname" .) | trunc 253 }}
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

{{/* Whether replicas elect a leader: yes, or nothing. A dry run competes with nobody. */}}
{{- define "rollout-operator.elects" -}}
{{- if and .Values.leaderElection.enabled (not .Values.dryRun) }}yes{{ end }}
{{- end }}

{{/* How many replicas run: several dry runs would say everything several times. */}}
{{- define "rollout-operator.replicas" -}}
{{- if .Values.dryRun }}1{{ else }}{{ .Values.replicaCount }}{{ end }}
{{- end }}

{{/* Never the chart's version: selectors cannot be changed. */}}
{{- define "rollout-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "rollout-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The pod of helm test. Not the selector's labels: the Service must not find this pod. */}}
{{- define "rollout-operator.testLabels" -}}
app.kubernetes.io/name: {{ include "rollout-operator.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* One map of several, as YAML: a key is there once, and a later map wins. */}}
{{- define "rollout-operator.merged" -}}
{{- $merged := dict }}
{{- range . }}
{{- range $key, $value := . }}
{{- $_ := set $merged $key (toString $value) }}
{{- end }}
{{- end }}
{{- with $merged }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{/* (list $ labels): the chart's labels, commonLabels and those. */}}
{{- define "rollout-operator.labels" -}}
{{- $root := index . 0 }}
{{- $chart := dict
    "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
    "app.kubernetes.io/version" $root.Chart.AppVersion
    "app.kubernetes.io/managed-by" $root.Release.Service
    "app.kubernetes.io/part-of" "rollout-operator" }}
{{- $selector := include "rollout-operator.selectorLabels" $root | fromYaml }}
{{- include "rollout-operator.merged" (list $chart $selector $root.Values.commonLabels (index . 1)) }}
{{- end }}

{{/* metadata: (list $ "name" "namespace" labels annotations); an empty namespace is left out. */}}
{{- define "rollout-operator.metadata" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 }}
{{- with index . 2 }}
namespace: {{ . }}
{{- end }}
labels:
  {{- include "rollout-operator.labels" (list $root (index . 3)) | nindent 2 }}
{{- with include "rollout-operator.merged" (list $root.Values.commonAnnotations (index . 4)) }}
annotations:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The repository; the registry of the parent chart's globals takes the place of its own. */}}
{{- define "rollout-operator.repository" -}}
{{- $repository := .Values.image.repository }}
{{- with (.Values.global | default dict).imageRegistry }}
{{- $first := $repository | splitList "/" | first }}
{{- if and (contains "/" $repository) (or (contains "." $first) (contains ":" $first) (eq $first "localhost")) }}
{{- $repository = trimPrefix (printf "%s/" $first) $repository }}
{{- end }}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) $repository }}
{{- end }}
{{- $repository }}
{{- end }}

{{- define "rollout-operator.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" (include "rollout-operator.repository" .) .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" (include "rollout-operator.repository" .) (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* The pull secrets of the parent chart's globals, which may be names or objects, and its own; each once. */}}
{{- define "rollout-operator.imagePullSecrets" -}}
{{- $names := list }}
{{- range concat ((.Values.global | default dict).imagePullSecrets | default list) (.Values.imagePullSecrets | default list) }}
{{- if kindIs "string" . }}
{{- $names = append $names . }}
{{- else }}
{{- $names = append $names .name }}
{{- end }}
{{- end }}
{{- with $names | uniq }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
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

{{/* The port of the collector: the one that its URL names, or that of the scheme. */}}
{{- define "rollout-operator.tracingPort" -}}
{{- with .Values.tracing.endpoint }}
{{- $url := urlParse . }}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (ternary "443" "80" (eq $url.scheme "https")) }}
{{- end }}
{{- end }}
