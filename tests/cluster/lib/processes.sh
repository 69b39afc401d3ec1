# shellcheck shell=bash
# Daemons that outlive the shell that starts them and are stopped by the id they recorded.
# A record holds the process id and its start time, so that an id which the machine has
# given to someone else since then is never mistaken for ours. Sourced, never run. Needs common.sh.

start_process() {
    local name="$1"
    shift
    mkdir -p "$state/run" "$state/logs"
    rm -f "$state/run/$name"
    (
        close_inherited_descriptors
        cd /
        # The daemon writes its own record before it becomes the program: however this
        # script is interrupted, nothing runs without one.
        # shellcheck disable=SC2016 # expanded by the inner shell
        exec setsid bash -c '
            read -r -a stat </proc/$$/stat
            printf "%s %s\n" $$ "${stat[21]}" >"$0.new" && mv "$0.new" "$0"
            exec "$@"' "$state/run/$name" "$@" </dev/null >>"$state/logs/$name.log" 2>&1
    ) &
    disown
    wait_for 10 "$name to start" test -f "$state/run/$name" || fail "$name could not be started"
}

# A daemon that kept our lock, or the pipe of the program that reads our output, would block others.
close_inherited_descriptors() {
    local link descriptor
    for link in /proc/"$BASHPID"/fd/*; do
        descriptor="${link##*/}"
        ((descriptor <= 2)) || exec {descriptor}>&-
    done
}

# process_id NAME: prints the id if the process runs.
process_id() {
    local pid started stat
    [[ -f $state/run/$1 ]] || return 1
    read -r pid started <"$state/run/$1" || return 1
    stat="$(cat "/proc/$pid/stat" 2>/dev/null)" || return 1
    # The name in parentheses may hold spaces; what follows it starts with the state, the third field.
    read -r -a stat <<<"${stat##*) }"
    [[ ${stat[0]} != Z && ${stat[19]} == "$started" ]] || return 1
    printf '%s\n' "$pid"
}

running() { process_id "$1" >/dev/null; }

stopped() { ! running "$1"; }

stop_process() {
    local name="$1" pid
    if pid="$(process_id "$name")"; then
        kill "$pid" 2>/dev/null || true
        if ! wait_for 10 "$name to stop" stopped "$name"; then
            kill -KILL "$pid" 2>/dev/null || true
            wait_for 10 "$name to die" stopped "$name" || fail "$name (process $pid) does not stop"
        fi
    fi
    rm -f "$state/run/$name"
}

# wait_for_cluster SECONDS PROCESS TEXT COMMAND...: like wait_for, but gives up as soon as the
# process that we wait for is gone, and shows its last words.
wait_for_cluster() {
    local process="$2" text="$3" deadline=$((SECONDS + $1))
    shift 3
    until "$@" >/dev/null 2>&1; do
        if stopped "$process" || ((SECONDS >= deadline)); then
            tail -n 15 "$state/logs/$process.log" >&2
            fail "waited in vain for $text; the log of $process is $state/logs/$process.log"
        fi
        sleep 0.1
    done
}

# free_port: a port below those of Services (30000) and those that the kernel gives out. Whoever gets it may listen
# much later, so nobody else is given it for three hours.
free_port() {
    local port claims="$cache/ports"
    mkdir -p "$claims"
    # Several at a time may clear the old ones away.
    find "$claims" -mindepth 1 -maxdepth 1 -mmin +180 -delete 2>/dev/null || true
    while true; do
        port=$((10240 + (RANDOM << 15 | RANDOM) % 19760))
        if mkdir "$claims/$port" 2>/dev/null && ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            printf '%s\n' "$port"
            return
        fi
    done
}
