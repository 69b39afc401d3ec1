# shellcheck shell=bash
# etcd, API server and controller manager on loopback. Sourced, never run.
# Needs common.sh, debian.sh, kubernetes.sh, processes.sh, pki.sh and kubectl.sh.

readonly control_plane_processes=(etcd kube-apiserver kube-controller-manager)

# etcd writes through to the disk at every change. In memory, where there is such a place,
# parallel tests do not wait for that; a test cluster need not survive a reboot.
etcd_data() {
    if [[ $(stat --file-system --format=%T /dev/shm 2>/dev/null) == tmpfs && -w /dev/shm ]]; then
        printf '/dev/shm/rollout-operator-%s\n' "$id"
    else
        printf '%s/etcd\n' "$state"
    fi
}

provision_control_plane() {
    [[ -d $(unpacked etcd) ]] && have_kubernetes "${control_plane_programs[@]}" && return
    (
        hold_lock build
        unpack_packages etcd etcd-server
        build_kubernetes "${control_plane_programs[@]}"
    )
}

control_plane_runs() {
    local process
    for process in "${control_plane_processes[@]}"; do
        running "$process" || return 1
    done
}

start_control_plane() {
    say "starting etcd, kube-apiserver and kube-controller-manager; logs are in $state/logs"
    make_pki
    choose_ports
    write_kubeconfig "$kubeconfig" admin
    write_kubeconfig "$state/controller-manager.kubeconfig" controller-manager
    start_etcd
    start_apiserver
    # The controller manager gives up when it finds no healthy API server in its first 10 seconds.
    wait_for_apiserver
    start_controller_manager
}

wait_for_apiserver() {
    wait_for_cluster 120 kube-apiserver "the API server to be ready" kubectl_here get --raw /readyz
}

wait_for_control_plane() {
    wait_for_apiserver
    wait_for_cluster 60 kube-controller-manager "the first service account"         kubectl_here --namespace default get serviceaccount default
}

stop_control_plane() {
    local process
    for process in kube-controller-manager kube-apiserver etcd; do
        stop_process "$process"
    done
}

# The same ports at every start if nobody has taken them meanwhile, so that old kubeconfigs stay valid.
choose_ports() {
    local port
    load_ports
    for port in api_port etcd_port etcd_peer_port kubelet_port; do
        if [[ -z ${!port:-} ]] || (: <"/dev/tcp/127.0.0.1/${!port}") 2>/dev/null; then
            printf -v "$port" '%s' "$(free_port)"
        fi
        printf '%s=%s\n' "$port" "${!port}"
    done >"$state/ports.new"
    mv "$state/ports.new" "$state/ports"
}

load_ports() {
    # shellcheck source=/dev/null
    if [[ -f $state/ports ]]; then . "$state/ports"; fi
}

start_etcd() {
    local peer="https://127.0.0.1:$etcd_peer_port"
    start_process etcd "$(unpacked etcd)/usr/bin/etcd" \
        --name=test --data-dir="$(etcd_data)" \
        --listen-client-urls="https://127.0.0.1:$etcd_port" --advertise-client-urls="https://127.0.0.1:$etcd_port" \
        --listen-peer-urls="$peer" --initial-advertise-peer-urls="$peer" --initial-cluster="test=$peer" \
        --client-cert-auth --trusted-ca-file="$pki/etcd-ca.crt" --cert-file="$pki/etcd.crt" --key-file="$pki/etcd.key" \
        --peer-client-cert-auth --peer-trusted-ca-file="$pki/etcd-ca.crt" --peer-cert-file="$pki/etcd.crt" --peer-key-file="$pki/etcd.key" \
        --logger=zap --log-level=warn
}

start_apiserver() {
    start_process kube-apiserver "$(kubernetes_program kube-apiserver)" \
        --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --secure-port="$api_port" --insecure-port=0 \
        --endpoint-reconciler-type=none \
        --etcd-servers="https://127.0.0.1:$etcd_port" \
        --etcd-cafile="$pki/etcd-ca.crt" --etcd-certfile="$pki/etcd.crt" --etcd-keyfile="$pki/etcd.key" \
        --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
        --kubelet-certificate-authority="$pki/ca.crt" \
        --kubelet-client-certificate="$pki/apiserver-to-kubelet.crt" --kubelet-client-key="$pki/apiserver-to-kubelet.key" \
        --service-account-issuer=https://kubernetes.default.svc.cluster.local \
        --service-account-key-file="$pki/service-accounts.pub" --service-account-signing-key-file="$pki/service-accounts.key" \
        --service-cluster-ip-range="$service_network" \
        --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true
}

start_controller_manager() {
    # More workers and a larger share of requests than by default: many tests at once use one cluster.
    start_process kube-controller-manager "$(kubernetes_program kube-controller-manager)" \
        --port=0 --secure-port=0 --kubeconfig="$state/controller-manager.kubeconfig" --leader-elect=false \
        --use-service-account-credentials=true --root-ca-file="$pki/ca.crt" \
        --service-account-private-key-file="$pki/service-accounts.key" \
        --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
        --kube-api-qps=500 --kube-api-burst=1000 \
        --concurrent-deployment-syncs=20 --concurrent-replicaset-syncs=20 --concurrent-statefulset-syncs=20 \
        --concurrent-namespace-syncs=20 --concurrent-gc-syncs=40 --concurrent-serviceaccount-token-syncs=20
}
