# shellcheck shell=bash
# What every script here shares: where things are, how to talk, how to wait.
# Sourced, never run.

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)"
readonly repository

# The folder of this cluster: keys, ports, logs, process ids, kubeconfig.
state="$(realpath -m "${ROLLOUT_OPERATOR_CLUSTER_DIR:-$repository/.cluster}")"
readonly state

# What is slow to fetch or build, shared by all clusters of this person.
cache="${XDG_CACHE_HOME:-${HOME:?HOME must be set, it says where the cache is}/.cache}/rollout-operator"
readonly cache

# Eight characters that tell this cluster's sockets, bridge and cgroups from those of another clone.
id="$(printf '%s' "$state" | sha256sum | cut -c1-8)"
readonly id

readonly node_state="$state/node"
kubeconfig="$state/kubeconfig"
readonly kubeconfig
readonly context=rollout-operator-test

say() { printf '==> %s\n' "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "this step needs root and there is no sudo: $*"
    fi
}

# hold_lock NAME: one process at a time past this point; released when the process ends.
hold_lock() {
    mkdir -p "$cache/locks"
    exec {lock_fd}>"$cache/locks/$1"
    if ! flock --nonblock "$lock_fd"; then
        say "waiting for another run that holds $cache/locks/$1"
        flock "$lock_fd"
    fi
}

# step LOG TEXT COMMAND...: runs a slow command with its output in LOG; says that it
# still runs every 30 seconds, and shows the end of the log if it fails.
step() {
    local log="$1" text="$2" started=$SECONDS seconds=0 heartbeat status=0
    shift 2
    say "$text"
    # Looks every second, so that it does not outlive an interrupted script and keep its lock.
    while sleep 1 && kill -0 $$ 2>/dev/null; do
        ((++seconds % 30)) || say "$text: $seconds s so far"
    done &
    heartbeat=$!
    # Not `"$@" || status=$?`: that would switch errexit off inside the command.
    set +e
    (
        set -e
        "$@"
    ) >>"$log" 2>&1
    status=$?
    set -e
    kill "$heartbeat" 2>/dev/null || true
    wait "$heartbeat" 2>/dev/null || true
    if ((status != 0)); then
        tail -n 20 "$log" >&2
        fail "$text: failed with exit code $status; the whole log is $log"
    fi
    say "$text: done in $((SECONDS - started)) s"
}

# wait_for SECONDS TEXT COMMAND...: polls until the command succeeds.
wait_for() {
    local deadline=$((SECONDS + $1)) text="$2"
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}
