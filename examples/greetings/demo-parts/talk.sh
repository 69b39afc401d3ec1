# shellcheck shell=bash
# How the demo talks, waits and keeps count. Sourced, never run.

bold="" green="" red="" plain=""
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
fi

checks_ok=0
checks_failed=0

say() { printf '\n%s==> %s%s\n' "$bold" "$*" "$plain"; }

fail() {
    printf '%serror:%s %s\n' "$red" "$plain" "$*" >&2
    exit 1
}

# check TEXT COMMAND...
check() {
    local text="$1"
    shift
    if "$@" >/dev/null; then
        printf '%s    ok%s %s\n' "$green" "$plain" "$text"
        checks_ok=$((checks_ok + 1))
    else
        printf '%sFAILED%s %s\n' "$red" "$plain" "$text"
        checks_failed=$((checks_failed + 1))
    fi
}

# within SECONDS COMMAND...: asks again and again until the command succeeds.
within() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || return 1
        sleep 0.2
    done
}
