# shellcheck shell=bash
# What `up --pods` adds to the control plane: a scheduler, and a node that the script `node` runs
# as root. Sourced, never run. Needs the other parts.

# Where pods find the API server, which itself listens on loopback only.
readonly apiserver_pod_port=6443

provision_pods() {
    [[ -d $(unpacked containers) && -d $(unpacked busybox) ]] && have_kubernetes "${node_programs[@]}" && return
    (
        hold_lock build
        unpack_packages containers containerd runc containernetworking-plugins
        unpack_packages busybox busybox-static
        build_kubernetes "${node_programs[@]}"
    )
}

start_pods() {
    load_ports
    install_tools ip=iproute2 mount=mount
    if ! running kube-scheduler; then
        write_kubeconfig "$state/scheduler.kubeconfig" scheduler
        start_process kube-scheduler "$(kubernetes_program kube-scheduler)" \
            --port=0 --secure-port=0 --kubeconfig="$state/scheduler.kubeconfig" --leader-elect=false \
            --kube-api-qps=500 --kube-api-burst=1000
    fi
    # What the API server remembers of a kubelet that is gone would pass for ready.
    running kubelet || kubectl_here delete node "$node_name" --ignore-not-found >/dev/null
    run_node up
    name_services
    wait_for_cluster 120 kubelet "the node to be ready" \
        kubectl_here wait --for=condition=Ready --timeout=1s "node/$node_name"
}

stop_pods() {
    stop_process kube-scheduler
    if [[ -d $node_state ]]; then run_node down; fi
}

run_node() {
    as_root env HOME="$HOME" XDG_CACHE_HOME="${cache%/*}" ROLLOUT_OPERATOR_CLUSTER_DIR="$state" "$library/node" "$@"
}

# What other clusters have from their API server and their DNS: the way to both.
name_services() {
    kubectl_here apply --filename - <<YAML >/dev/null
apiVersion: v1
kind: Endpoints
metadata: { name: kubernetes, namespace: default }
subsets: [{ addresses: [{ ip: $(cat "$node_state/gateway") }], ports: [{ name: https, port: $apiserver_pod_port }] }]
---
apiVersion: v1
kind: Service
metadata: { name: kube-dns, namespace: kube-system }
spec:
  clusterIP: $cluster_dns
  ports: [{ name: dns, port: 53, protocol: UDP }, { name: dns-tcp, port: 53 }]
---
apiVersion: v1
kind: Endpoints
metadata: { name: kube-dns, namespace: kube-system }
subsets: [{ addresses: [{ ip: $(cat "$node_state/gateway") }], ports: [{ name: dns, port: 53, protocol: UDP }, { name: dns-tcp, port: 53 }] }]
YAML
}
