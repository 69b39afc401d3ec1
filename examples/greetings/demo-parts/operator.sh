# shellcheck shell=bash
# The operator as a process of this machine: build, start, ask, stop. Sourced, never run.

operator_process=""
operator_log="$repository/artifacts/demo/operator.log"

build_operator() {
    command -v dotnet >/dev/null || fail "the .NET 10 SDK is needed to build the operator; see https://dot.net"
    dotnet build "$repository/src/RolloutOperator" --configuration Release --nologo --verbosity quiet -consoleLoggerParameters:NoSummary
}

start_operator() {
    local port
    port="$(free_port)"
    operator_address="127.0.0.1:$port"
    printf 'its log is %s\n' "$operator_log"
    "$repository/artifacts/bin/RolloutOperator/release/rollout-operator" run \
        --kubeconfig "$kubeconfig" --context "$context" --namespace greetings --settle 1s \
        --registries "$(registries_file)" --image-poll-interval 2s \
        --listen "$operator_address" --log-format text </dev/null >"$operator_log" 2>&1 &
    operator_process=$!
    within 60 operator_ready_or_gone || true
    operator_ready || fail "the operator ended, or was not ready within 60 s; its log is $operator_log"
}

operator_ready() { ask_operator readyz >/dev/null; }

operator_ready_or_gone() { operator_ready || ! kill -0 "$operator_process"; }

ask_operator() { curl --silent --fail --noproxy '*' --max-time 5 "http://$operator_address/$1"; }

# The numbers of the operator, without those that move with every request.
metrics() { ask_operator metrics | grep '^rollout_operator_' | grep -v '_bucket{' | sort; }

# Returns what the operator exited with.
stop_operator() {
    local process="$operator_process"
    [[ -n $process ]] || return 0
    operator_process=""
    kill "$process" 2>/dev/null || true
    within 10 gone "$process" || kill -KILL "$process" 2>/dev/null || true
    wait "$process"
}

gone() { ! kill -0 "$1"; }

free_port() {
    local port
    while true; do
        port=$((20000 + RANDOM % 10000))
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            printf '%s\n' "$port"
            return
        fi
    done
}
