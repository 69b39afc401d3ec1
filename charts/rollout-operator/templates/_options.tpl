{{/*
What the program would refuse is refused before anything is installed. files/options.json is made from the program's own
options, and a test gives the same values to both.
*/}}

{{/* The option that each value becomes. */}}
{{- define "rollout-operator.optionOf" -}}
listenPort: --listen
settle: --settle
dryRun: --dry-run
stallAfter: --stall-after
log.level: --log-level
log.format: --log-format
metrics.authentication: --metrics-authentication
tracing.endpoint: --otlp-endpoint
sources: --sources
images.enabled: --images
images.pollInterval: --image-poll-interval
images.registries: --registries
pushNotifications.port: --push-notifications-listen
pushNotifications.secretName: --push-notifications-secret-file
scope.namespaces: --namespace
scope.namespaceSelector: --namespace-selector
scope.excludedNamespaces: --exclude-namespace
scope.allowCrossNamespace: --allow-cross-namespace
enrolment.workloadSelector: --workload-selector
enrolment.auto: --auto
workloadKinds: --workload-kind
leaderElection.enabled: --leader-elect
leaderElection.leaseName: --lease-name
leaderElection.leaseDuration: --lease-duration
leaderElection.renewDeadline: --renew-deadline
leaderElection.retryPeriod: --retry-period
the namespace of the release: --operator-namespace
the name of the pod: --identity
{{- end }}

{{/* The seconds of a duration such as 1m30s; empty if it is none. */}}
{{- define "rollout-operator.seconds" -}}
{{- if eq . "0" }}0{{ else if regexMatch `^(([0-9]+\.?[0-9]*|\.[0-9]+)(ms|s|m|h)){1,4}$` . }}
{{- $units := dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0 }}
{{- $seconds := 0.0 }}
{{- range regexFindAll "[0-9.]+[a-z]+" . -1 }}
{{- $seconds = addf $seconds (mulf (float64 (regexFind "[0-9.]+" .)) (get $units (regexFind "[a-z]+" .))) }}
{{- end }}
{{- $seconds }}
{{- end }}
{{- end }}

{{/* Refuses a value that its option does not accept: (list table "settle" value). */}}
{{- define "rollout-operator.optionGuard" -}}
{{- $option := get (include "rollout-operator.optionOf" . | fromYaml) (index . 1) }}
{{- $limit := get (index . 0).options $option }}
{{- $text := kindIs "invalid" (index . 2) | ternary "" (toString (index . 2)) }}
{{- $accepted := true }}
{{- if hasKey $limit "longest" }}
{{- $seconds := include "rollout-operator.seconds" $text }}
{{- $accepted = and $seconds (ge (float64 $seconds) $limit.shortest) (le (float64 $seconds) $limit.longest) }}
{{- else if $limit.values }}
{{- $accepted = has $text $limit.values }}
{{- else if $limit.pattern }}
{{- $accepted = regexMatch $limit.pattern $text }}
{{- end }}
{{- if not $accepted }}
{{- fail (printf "%s is %q, which %s refuses: %s" (index . 1) $text $option $limit.expected) }}
{{- end }}
{{- end }}

{{- define "rollout-operator.optionGuards" -}}
{{- $v := .Values }}
{{- if not $v.listenPort }}
{{- fail "listenPort is null, and --listen needs a port" }}
{{- end }}
{{- $table := .Files.Get "files/options.json" | fromJson }}
{{- range $value, $given := dict "settle" $v.settle "stallAfter" $v.stallAfter "log.level" $v.log.level "log.format" $v.log.format "images.pollInterval" $v.images.pollInterval }}
{{- include "rollout-operator.optionGuard" (list $table $value $given) }}
{{- end }}
{{- range $value, $given := dict "scope.namespaceSelector" $v.scope.namespaceSelector "enrolment.workloadSelector" $v.enrolment.workloadSelector }}
{{- if $given }}
{{- include "rollout-operator.optionGuard" (list $table $value $given) }}
{{- end }}
{{- end }}
{{- range $v.scope.namespaces }}
{{- include "rollout-operator.optionGuard" (list $table "scope.namespaces" .) }}
{{- end }}
{{- range $v.scope.excludedNamespaces }}
{{- include "rollout-operator.optionGuard" (list $table "scope.excludedNamespaces" .) }}
{{- end }}
{{- if $v.leaderElection.enabled }}
{{- include "rollout-operator.leaseGuards" (list $table $v.leaderElection) }}
{{- end }}
{{- include "rollout-operator.kindGuards" (list $table $v.workloadKinds) }}
{{- include "rollout-operator.argumentGuards" (list $table $v.extraArgs) }}
{{- end }}

{{- define "rollout-operator.leaseGuards" -}}
{{- $table := index . 0 }}
{{- $seconds := dict }}
{{- range $name, $given := pick (index . 1) "leaseDuration" "renewDeadline" "retryPeriod" }}
{{- include "rollout-operator.optionGuard" (list $table (printf "leaderElection.%s" $name) $given) }}
{{- $_ := set $seconds $name (include "rollout-operator.seconds" (toString $given) | float64) }}
{{- end }}
{{- with $seconds }}
{{- if gt .leaseDuration $table.lease.longestDuration }}
{{- fail (printf "leaderElection.leaseDuration is at most %vs: the others would wait that long for a leader that is gone" $table.lease.longestDuration) }}
{{- end }}
{{- if lt .retryPeriod $table.lease.shortestRetryPeriod }}
{{- fail (printf "leaderElection.retryPeriod is at least %vs: more frequent requests would load the API server" $table.lease.shortestRetryPeriod) }}
{{- end }}
{{- if ge .renewDeadline .leaseDuration }}
{{- fail (printf "leaderElection.renewDeadline (%vs) must be shorter than leaderElection.leaseDuration (%vs), so that a leader stops before another one begins" .renewDeadline .leaseDuration) }}
{{- end }}
{{- if le .renewDeadline (mulf .retryPeriod $table.lease.longestRenewal) }}
{{- fail (printf "leaderElection.renewDeadline (%vs) must be longer than %v times leaderElection.retryPeriod (%vs), so that a renewal comes before it" .renewDeadline $table.lease.longestRenewal .retryPeriod) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "rollout-operator.kindGuards" -}}
{{- $kinds := (index . 0).kinds }}
{{- $taken := list }}
{{- range $kinds.builtIn }}
{{- $parts := splitList "/" . }}
{{- $taken = concat $taken (list (printf "%s/%s" (index $parts 0) (index $parts 1)) (index $parts 2)) }}
{{- end }}
{{- range index . 1 }}
{{- $resource := printf "%s/%s" .group .resource }}
{{- with get $kinds.unsuitable $resource }}
{{- fail (printf "workloadKinds has %s: %s" $resource .) }}
{{- end }}
{{- if or (has $resource $taken) (has .kind $taken) }}
{{- fail (printf "workloadKinds has %s %s: there is a kind %s or a resource %s already; each may be there once" $resource .kind .kind $resource) }}
{{- end }}
{{- $taken = concat $taken (list $resource .kind) }}
{{- end }}
{{- end }}

{{- define "rollout-operator.argumentGuards" -}}
{{- $table := index . 0 }}
{{- $values := include "rollout-operator.optionOf" . | fromYaml }}
{{- $seen := list }}
{{- range index . 1 }}
{{- $said := regexReplaceAll "[=:].*" . "" }}
{{- $option := default $said (get $table.aliases $said) }}
{{- range $value, $its := $values }}
{{- if eq $its $option }}
{{- fail (printf "extraArgs has %s, which the chart sets from a value of its own: %s" $said $value) }}
{{- end }}
{{- end }}
{{- if not (hasKey $table.options $option) }}
{{- fail (printf "extraArgs has %s, which rollout-operator run does not know" $said) }}
{{- end }}
{{- if has $option $seen }}
{{- fail (printf "extraArgs has %s twice" $said) }}
{{- end }}
{{- if not (regexMatch "[=:]." .) }}
{{- fail (printf "extraArgs has %s without a value: write %s=…" $said $said) }}
{{- end }}
{{- $seen = append $seen $option }}
{{- end }}
{{- end }}
