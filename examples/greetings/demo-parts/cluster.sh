# shellcheck shell=bash
# Which cluster the demo uses, and how the image gets there. Sets kubectl, kubeconfig, context, image, pull_policy
# and cleanup; and registry, or in no_registry why there is none of the demo's own. It never reads or changes the current context of the person who runs it. Sourced, never run.

choose_cluster() {
    if [[ -n ${KUBE_CONTEXT:-} ]]; then
        use_named_context
    elif grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release && command -v apt-get >/dev/null; then
        use_local_cluster
    elif command -v kind >/dev/null && docker info >/dev/null 2>&1; then
        use_kind
    else
        fail "the demo needs one of: a Debian 12 machine (it then starts a Kubernetes of its own), Docker with 'kind', or a cluster of yours (KUBE_CONTEXT=name GREETINGS_IMAGE=image)"
    fi
}

use_named_context() {
    [[ -n ${GREETINGS_IMAGE:-} ]] ||
        fail "GREETINGS_IMAGE must name an image that the cluster of '$KUBE_CONTEXT' can pull: build examples/greetings/image and push it to a registry of yours"
    kubectl="$(command -v kubectl)" || fail "kubectl is needed to use the context '$KUBE_CONTEXT'"
    say "Using the context $KUBE_CONTEXT of your kubeconfig"
    context="$KUBE_CONTEXT"
    image="$GREETINGS_IMAGE"
    pull_policy=IfNotPresent
    no_registry="It would push to a registry of yours, and have the operator ask it: see the README of the example for how to do that by hand."
    kubeconfig="$work/kubeconfig"
    # One file with this one context: whatever else your kubeconfig holds stays out of reach.
    (umask 077 && "$kubectl" config view --raw --minify --flatten --context "$context" >"$kubeconfig") ||
        fail "your kubeconfig has no usable context '$KUBE_CONTEXT'; 'kubectl config get-contexts' lists them"
    cleanup="kubectl --context $KUBE_CONTEXT delete namespace greetings"
}

use_local_cluster() {
    say "Starting a real Kubernetes on this machine (the first time it is built from Debian's sources, which takes some minutes)"
    "$repository/tests/cluster/up" --pods
    "$repository/tests/cluster/load-image"
    # shellcheck source=/dev/null
    . "${ROLLOUT_OPERATOR_CLUSTER_DIR:-$repository/.cluster}/environment"
    kubectl="$ROLLOUT_OPERATOR_TEST_KUBECTL"
    kubeconfig="$ROLLOUT_OPERATOR_TEST_KUBECONFIG"
    context=rollout-operator-test
    start_registry "${kubeconfig%/*}/registry"
    image="$registry/greetings:1"
    pull_policy=Always
    push_image "$here/image" "$image"
    cleanup="make cluster-down"
}

use_kind() {
    local name=rollout-operator
    kubectl="$(command -v kubectl)" || fail "kubectl is needed beside kind"
    kubeconfig="$repository/artifacts/demo/kind-kubeconfig"
    context="kind-$name"
    image=greetings:1
    pull_policy=IfNotPresent
    no_registry="The nodes of kind do not reach a registry on this machine's loopback."
    cleanup="kind delete cluster --name $name --kubeconfig $kubeconfig"
    if kind get clusters 2>/dev/null | grep -qx "$name"; then
        say "Using the kind cluster $name"
        kind export kubeconfig --name "$name" --kubeconfig "$kubeconfig"
    else
        say "Starting the kind cluster $name"
        kind create cluster --name "$name" --kubeconfig "$kubeconfig" --wait 120s
    fi
    docker build --quiet --tag "$image" "$here/image"
    kind load docker-image "$image" --name "$name"
}

cluster_wide() { "$kubectl" --kubeconfig "$kubeconfig" --context "$context" --request-timeout 30s "$@"; }

k() { cluster_wide --namespace greetings "$@"; }

# The same, shown as a person would type it.
shown() {
    local word
    printf '$ kubectl --namespace greetings'
    for word in "$@"; do
        if [[ $word == *[\"\ ]* ]]; then printf " '%s'" "$word"; else printf ' %s' "$word"; fi
    done
    printf '\n'
    k "$@"
}
