# shellcheck shell=bash
# What the node needs of the machine itself, and how the machine gets it back: network, cgroup,
# kernel settings. Sourced, never run. Needs node-parts.sh.

# The settings that a kubelet changes when it starts.
readonly kernel_settings=(kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes
    vm/overcommit_memory vm/panic_on_oom net/ipv4/ip_forward)

remember_kernel_settings() {
    local setting
    for setting in "${kernel_settings[@]}"; do
        printf '%s %s\n' "$setting" "$(cat "/proc/sys/$setting")"
    done >"$node_state/kernel-settings"
}

restore_kernel_settings() {
    local setting value
    [[ -f $node_state/kernel-settings ]] || return 0
    # Another cluster on this machine, or its owner, may still need them.
    compgen -G "/run/rollout-operator-*/containerd.sock" | grep --quiet --invert-match --fixed-strings "$runtime/" && return 0
    while read -r setting value; do
        [[ $(cat "/proc/sys/$setting") == "$value" ]] || printf '%s\n' "$value" >"/proc/sys/$setting" || true
    done <"$node_state/kernel-settings"
}

write_network() {
    local subnet
    subnet="$(free_subnet)"
    mkdir -p "$node_state/cni"
    printf '%s\n' "${subnet%.0/24}.1" >"$node_state/gateway"
    cat >"$node_state/cni/10-bridge.conflist" <<JSON
{
  "cniVersion": "0.4.0",
  "name": "$network",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "$bridge",
      "isGateway": true,
      "ipam": {
        "type": "host-local",
        "dataDir": "$node_state/addresses",
        "ranges": [[{ "subnet": "$subnet" }]],
        "routes": [{ "dst": "0.0.0.0/0" }]
      }
    },
    { "type": "loopback" }
  ]
}
JSON
}

# free_subnet: one that no route of this machine leads into. The search starts where the id of the cluster says.
free_subnet() {
    local number subnet attempt
    number=$((16#${id:0:4} % 12800))
    for attempt in {0..255}; do
        subnet="10.$((200 + (number + attempt) / 256 % 50)).$(((number + attempt) % 256)).0/24"
        if ! { ip -4 route list root "$subnet" && ip -4 route list match "$subnet"; } | grep --quiet --invert-match ^default; then
            printf '%s\n' "$subnet"
            return
        fi
    done
    fail "no free subnet between 10.200.0.0 and 10.249.255.0 for pods"
}

make_cgroup() {
    local controller
    if [[ -f /sys/fs/cgroup/cgroup.controllers ]]; then
        mkdir -p "/sys/fs/cgroup/$cgroup"
        while read -r -d ' ' controller; do
            printf '+%s\n' "$controller" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || true
        done <<<"$(cat /sys/fs/cgroup/cgroup.controllers) "
    else
        for controller in /sys/fs/cgroup/*/; do
            # systemd's second, empty hierarchy is no controller.
            [[ -f $controller/cgroup.controllers ]] || mkdir -p "$controller/$cgroup"
        done
    fi
}

remove_cgroup() {
    local folder
    for folder in "/sys/fs/cgroup/$cgroup" /sys/fs/cgroup/*/"$cgroup"; do
        [[ -d $folder ]] || continue
        wait_for 10 "$folder to be empty" remove_cgroup_folders "$folder" ||
            fail "the cgroup $folder cannot be removed; something still runs in it"
    done
}

# Processes and folders go by themselves too, while this looks.
remove_cgroup_folders() {
    local process
    { find "$1" -name cgroup.procs -exec cat {} + || true; } | while read -r process; do
        kill -KILL "$process" || true
    done
    find "$1" -depth -type d -exec rmdir {} + && [[ ! -d $1 ]]
}
