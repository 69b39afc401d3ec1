# shellcheck shell=bash
# How `node` starts and stops its parts. Sourced, never run. Needs the other parts.

readonly bridge="ro-$id"
readonly network="rollout-operator-$id"
# Short, whatever the clone's path is: the path of a unix socket has at most 107 characters.
readonly runtime="/run/rollout-operator-$id"
readonly containerd_socket="$runtime/containerd.sock"
readonly cgroup="rollout-operator-$id"
readonly pause_image=localhost/rollout-operator/pause:1

ctr() { "$(unpacked containers)/usr/bin/ctr" --address "$containerd_socket" --namespace k8s.io "$@"; }

start_node() {
    if running containerd && running kubelet && running services && running dnsmasq; then return; fi
    stop_node
    say "starting containerd, kubelet, and what leads to Services"
    load_ports
    mkdir -p "$node_state" "$runtime"
    remember_kernel_settings
    make_cgroup
    write_network
    make_bridge
    start_services
    start_containerd
    start_kubelet
}

# in_own_mounts NAME COMMAND...: starts a daemon in a mount namespace in which the two fixed places that
# containerd, CNI and the kubelet write to are this cluster's own. Several clusters would delete each
# other's files there. The mounts of all containers are in it too, and go with its last process.
in_own_mounts() {
    mkdir -p "$node_state"/{log,cni-results} /var/lib/cni
    # shellcheck disable=SC2016 # expanded by the inner shell
    start_process "$1" unshare --mount bash -c '
        mount --bind "$0/log" /var/log
        mount --bind "$0/cni-results" /var/lib/cni
        exec "$@"' "$node_state" "${@:2}"
}

start_containerd() {
    local packages
    packages="$(unpacked containers)"
    cat >"$node_state/containerd.toml" <<TOML
version = 2
root = "$node_state/containerd"
state = "$runtime/containerd"
[grpc]
  address = "$containerd_socket"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause_image"
  stream_server_address = "127.0.0.1"
  # Without CAP_SYS_RESOURCE, as in many containers, lowering the score fails and with it every container.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$packages/usr/lib/cni"
    conf_dir = "$node_state/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
    BinaryName = "$packages/usr/sbin/runc"
TOML
    # containerd looks for its shim on the PATH.
    in_own_mounts containerd env PATH="$packages/usr/bin:$packages/usr/sbin:$PATH" \
        "$packages/usr/bin/containerd" --config "$node_state/containerd.toml"
    wait_for_cluster 60 containerd "containerd to answer" ctr version
    pack_pause_image "$node_state/pause.tar"
    ctr images import "$node_state/pause.tar" >/dev/null
}

start_kubelet() {
    write_kubeconfig "$node_state/kubelet.kubeconfig" kubelet
    cat >"$node_state/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
port: $kubelet_port
readOnlyPort: 0
healthzPort: 0
tlsCertFile: $pki/kubelet.crt
tlsPrivateKeyFile: $pki/kubelet.key
authentication:
  anonymous: { enabled: false }
  x509: { clientCAFile: $pki/ca.crt }
authorization: { mode: Webhook }
cgroupDriver: cgroupfs
cgroupRoot: /$cgroup
failSwapOn: false
# A full disk is the owner's business: evict nothing and collect no images.
evictionHard: {}
imageGCHighThresholdPercent: 100
oomScoreAdj: 0
# Looks at itself every second, so that the node is ready soon.
nodeStatusUpdateFrequency: 1s
nodeStatusReportFrequency: 1m
makeIPTablesUtilChains: false
clusterDNS: ["$cluster_dns"]
clusterDomain: cluster.local
serializeImagePulls: false
kubeAPIQPS: 100
kubeAPIBurst: 200
eventRecordQPS: 50
# Both keep a socket at a path that several kubelets of one machine would share, or that is too long.
featureGates: { DevicePlugins: false, KubeletPodResources: false }
YAML
    start_process kubelet nsenter --target "$(process_id containerd)" --mount "$(kubernetes_program kubelet)" \
        --config="$node_state/kubelet.yaml" --kubeconfig="$node_state/kubelet.kubeconfig" \
        --hostname-override="$node_name" --root-dir="$node_state/kubelet" \
        --volume-plugin-dir="$node_state/volume-plugins" \
        --container-runtime=remote --container-runtime-endpoint="unix://$containerd_socket"
}

stop_node() {
    stop_process kubelet
    remove_containers
    stop_process containerd
    kill_shims
    stop_services
    remove_cgroup
    ip link delete "$bridge" 2>/dev/null || true
    restore_kernel_settings
    rm -rf "$node_state" "$runtime"
}

remove_containers() {
    local container
    running containerd || return 0
    ctr tasks list --quiet | while read -r container; do
        ctr tasks delete --force "$container" >/dev/null 2>&1 || true
    done
}

# The shims of our containerd outlive it. They are known by its socket among their arguments,
# a path that has the id of this cluster in it.
kill_shims() {
    local process arguments
    for process in /proc/[0-9]*; do
        mapfile -d '' -t arguments <"$process/cmdline" || continue
        [[ ${arguments[0]:-} == *containerd-shim-runc-v2 && " ${arguments[*]} " == *" $containerd_socket "* ]] || continue
        kill -KILL "${process#/proc/}" || true
    done 2>/dev/null
}
