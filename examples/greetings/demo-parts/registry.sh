# shellcheck shell=bash
# A registry of the demo's own, on the loopback: whoever runs on this machine can push to it, containerd pulls from it, and
# the operator asks it. Sourced, never run.

registry="" registry_folder="" no_registry="" pushed=""

# It stays for as long as the cluster, as its pods may be started anew.
start_registry() {
    registry_folder="$1"
    say "Starting a registry on this machine"
    in_registry_folder up open
    registry="127.0.0.1:$(cat "$registry_folder/open.port")"
}

in_registry_folder() { ROLLOUT_OPERATOR_REGISTRY_DIR="$registry_folder" "$repository/tests/registry/$1" "${@:2}"; }

# push_image FOLDER IMAGE: leaves the digest in $pushed.
push_image() {
    rm -f "$work/image.tar"
    "$repository/tests/cluster/pack-image" "$1" greetings:1 "$work/image.tar"
    in_registry_folder skopeo copy --quiet --dest-tls-verify=false --digestfile "$work/digest" "docker-archive:$work/image.tar" "docker://$2"
    pushed="$(cat "$work/digest")"
    printf '%s is %s\n' "$2" "$pushed"
}

# What the operator is told of it. Only addresses of the public internet are asked without being told.
registries_file() {
    local known=""
    [[ -z $registry ]] || known="\"$registry\": { \"http\": true, \"networks\": [\"127.0.0.1/32\"] }"
    printf '{ "registries": { %s } }\n' "$known" >"$work/registries.json"
    printf '%s\n' "$work/registries.json"
}
