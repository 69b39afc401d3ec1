# shellcheck shell=bash
# What the demo asks the cluster. Sourced, never run.

# The pods that are meant to stay, by name.
pods() {
    k get pods --selector app.kubernetes.io/name=greetings \
        --output jsonpath='{range .items[*]}{.metadata.name} {.metadata.deletionTimestamp}{"\n"}{end}' |
        awk 'NF == 1' | sort
}

# Through the API server, which reaches pods on any cluster.
ask_pod() { k get --raw "/api/v1/namespaces/greetings/pods/$1:8080/proxy/cgi-bin/greet?Ada"; }

# every_pod_answers TEXT: both pods, and no other answer.
every_pod_answers() {
    local pod count=0
    for pod in $(pods); do
        [[ $(ask_pod "$pod") == "$1" ]] || return 1
        count=$((count + 1))
    done
    ((count == 2))
}

# every_pod_runs DIGEST: both pods run the image of the registry with this digest.
every_pod_runs() {
    [[ $(k get pods --selector app.kubernetes.io/name=greetings --output jsonpath='{range .items[*]}{.status.containerStatuses[*].imageID}{"\n"}{end}' |
        grep -c "@$1\$") == 2 ]]
}

show_answers() {
    local pod
    for pod in $(pods); do
        printf '%s answers: %s\n' "$pod" "$(ask_pod "$pod")"
    done
}

# none_of PODS: whether all pods are new.
none_of() {
    local now
    now="$(pods)" && [[ -n $now ]] && ! grep -qxF "$1" <<<"$now"
}

same_pods() { [[ $(pods) == "$1" ]]; }

annotation() { k get deployment greetings --output "go-template={{index .metadata.annotations \"$1\"}}"; }

adopted() { [[ $(annotation rollout-operator.io/ledger) == "{"* ]]; }

ledger_has() { [[ $(annotation rollout-operator.io/ledger) == *"\"$1\""* ]]; }

revision_is() { [[ $(annotation deployment.kubernetes.io/revision) == "$1" ]]; }

events() { k get events --field-selector involvedObject.kind=Deployment,involvedObject.name=greetings "$@"; }

has_event() { [[ " $(events --output jsonpath='{.items[*].reason}') " == *" $1 "* ]]; }

has_event_that_says() { [[ "$(events --output jsonpath='{.items[*].message}')" == *"$1"* ]]; }
