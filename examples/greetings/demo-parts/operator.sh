# shellcheck shell=bash
# The operator, installed as people do: helm, the chart, two replicas. Sourced, never run.

readonly operator_namespace=rollout-operator-demo
operator_log="$repository/artifacts/demo/operator.log"

# The namespaces that the demo owns, new and empty.
make_namespaces() {
    local namespace owner
    uninstall_operator >/dev/null 2>&1 || true
    for namespace in greetings "$operator_namespace"; do
        if owner="$(owner_of "$namespace")"; then
            [[ $owner == rollout-operator-example ]] || fail "the cluster has a namespace '$namespace' that is not the demo's"
            cluster_wide delete namespace "$namespace" --timeout 180s --request-timeout 0
        fi
        sed "s/name: greetings/name: $namespace/" "$here/namespace.yaml" | cluster_wide apply --filename -
    done
}

# On a cluster of somebody's own, nothing stays.
remove_namespaces() {
    local namespace
    for namespace in greetings "$operator_namespace"; do
        if [[ $(owner_of "$namespace") == rollout-operator-example ]]; then
            cluster_wide delete namespace "$namespace" --timeout 180s --request-timeout 0 || return 1
        fi
    done
}

# What is not labelled as the demo's is not its own.
owner_of() { cluster_wide get namespace "$1" --output 'go-template={{index .metadata.labels "app.kubernetes.io/part-of"}}' 2>/dev/null; }

# It may touch the namespace of the example, and nothing else in the cluster.
install_operator() {
    cat >"$work/values.yaml" <<YAML
image: { repository: "${operator_image%:*}", tag: "${operator_image##*:}" }
scope: { namespaces: [greetings] }
images: { pollInterval: 2s, registries: $(registries) }
log: { format: text }
YAML
    cat "$work/values.yaml"
    helm_here install rollout-operator "$repository/charts/rollout-operator" --values "$work/values.yaml" --wait --timeout 4m >"$work/notes" ||
        fail "helm could not install the chart; the pods: $(o get pods --output wide)"
}

helm_here() { "$helm" --kubeconfig "$kubeconfig" --kube-context "$context" --namespace "$operator_namespace" "$@"; }

o() { cluster_wide --namespace "$operator_namespace" "$@"; }

operator_ready() { [[ $(o get deployment rollout-operator --output 'jsonpath={.status.readyReplicas}') == 2 && -n $(leader) ]]; }

leader() { o get lease rollout-operator --output 'jsonpath={.spec.holderIdentity}'; }

operator_logs() { o logs --selector app.kubernetes.io/name=rollout-operator --prefix --tail -1; }

# The numbers of the replica that leads, without those that move with every request.
metrics() {
    o get --raw "/api/v1/namespaces/$operator_namespace/pods/$(leader):8080/proxy/metrics" | grep '^rollout_operator_' | grep -v '_bucket{' | sort
}

uninstall_operator() { helm_here uninstall rollout-operator --ignore-not-found --wait --timeout 2m; }
