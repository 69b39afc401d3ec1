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

# What the operator is told of it. Its pods have a loopback of their own, and reach this machine's by a Service, where the
# API server is found as well. Only addresses of the public internet are asked without being told.
registries() {
    local inside="registry.$operator_namespace.svc:5000"
    if [[ -z $registry ]]; then
        printf '{}\n'
        return
    fi
    o apply --filename - >&2 <<YAML
apiVersion: v1
kind: Service
metadata: { name: registry }
spec: { ports: [{ port: 5000 }] }
---
apiVersion: v1
kind: Endpoints
metadata: { name: registry }
subsets:
  - addresses: [{ ip: $(cluster_wide --namespace default get endpoints kubernetes --output 'jsonpath={.subsets[0].addresses[0].ip}') }]
    ports: [{ port: ${registry##*:} }]
YAML
    printf '{ registries: { "%s": { mirror: "%s" }, "%s": { http: true, networks: ["10.96.0.0/16"] } } }\n' "$registry" "$inside" "$inside"
}
