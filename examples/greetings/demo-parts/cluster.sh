# shellcheck shell=bash
# Which cluster the demo uses, and how the image gets there. Sets kubectl, helm, kubeconfig, context, image, pull_policy,
# operator_image cleanup and is_foreign; and registry, or in no_registry why there is none of the demo's own. It never reads or changes the current context of the person who runs it. Sourced, never run.

is_foreign=""

choose_cluster() {
    if [[ -n ${KUBE_CONTEXT:-} ]]; then
        use_named_context
    elif grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release && command -v apt-get >/dev/null; then
        use_local_cluster
    elif command -v kind >/dev/null && docker info >/dev/null 2>&1; then
        use_kind
    else
        fail "the demo needs one of: a Debian 12 machine (it then starts a Kubernetes of its own), Docker with 'kind', or a cluster of yours (KUBE_CONTEXT=name GREETINGS_IMAGE=image OPERATOR_IMAGE=image)"
    fi
}

use_named_context() {
    [[ -n ${GREETINGS_IMAGE:-} ]] ||
        fail "GREETINGS_IMAGE must name an image that the cluster of '$KUBE_CONTEXT' can pull: build examples/greetings/image and push it to a registry of yours"
    [[ ${OPERATOR_IMAGE:-} == *:* ]] ||
        fail "OPERATOR_IMAGE must name the operator's image with its tag: build the Dockerfile of this repository and push it to a registry of yours"
    operator_image="$OPERATOR_IMAGE"
    find_helm
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
    is_foreign=yes
}

find_helm() { helm="$(command -v helm)" || fail "helm is needed to install the operator; see https://helm.sh"; }

use_local_cluster() {
    say "Starting a real Kubernetes on this machine (the first time it is built from Debian's sources, which takes some minutes)"
    command -v dotnet >/dev/null || fail "the .NET 10 SDK is needed to build the operator; see https://dot.net"
    "$repository/tests/cluster/up" --pods
    say "Building the operator's image from the Dockerfile, if these sources have none yet"
    operator_image=localhost/rollout-operator:0.1.0
    "$repository/tests/cluster/load-image" "$("$repository/tests/install/operator-image")"
    helm="$repository/tests/install/helm"
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
    find_helm
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
    operator_image=localhost/rollout-operator:0.1.0
    docker build --tag "$operator_image" "$repository"
    kind load docker-image "$image" "$operator_image" --name "$name"
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
