# shellcheck shell=bash
# What the scripts of this folder share. Sourced, never run.

library="$(cd "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib" && pwd)"
# The folder of these registries in place of a cluster's: keys, ports, logs, process ids, images.
ROLLOUT_OPERATOR_CLUSTER_DIR="${ROLLOUT_OPERATOR_REGISTRY_DIR:-$library/../../../.registry}"
# shellcheck source=/dev/null
. "$library/all.sh"

readonly registry_pki="$state/pki"

# Each has its name, port, configuration, log and images in the folder.
readonly registries=(open users secure tokens telling)

# Whoever builds a cluster at the same time holds the lock for minutes; what is there needs none.
provision_registry() {
    [[ ! -d $(unpacked registry) ]] || return 0
    (
        hold_lock build
        unpack_packages registry docker-registry skopeo libgpgme11 libassuan0 libdevmapper1.02.1
    )
}

# All or nothing, so that an interrupted start never leaves half a set.
make_registry_pki() {
    [[ ! -d $registry_pki ]] || return 0
    rm -rf "$registry_pki.unfinished"
    mkdir -m 700 "$registry_pki.unfinished"
    (
        cd "$registry_pki.unfinished"
        authority ca "/CN=rollout-operator-test-registry"
        issue ca server "/CN=registry" "IP:127.0.0.1, DNS:localhost"
        certificate tokens "/CN=rollout-operator-test-tokens" "basicConstraints = critical, CA:FALSE" "keyUsage = critical, digitalSignature"
    )
    mv "$registry_pki.unfinished" "$registry_pki"
}

# registry_port NAME: the port of a registry, chosen once.
registry_port() {
    [[ -s $state/$1.port ]] || free_port >"$state/$1.port"
    cat "$state/$1.port"
}

start_registry() {
    local name="$1"
    running "registry-$name" && return 0
    "configure_$name" >"$state/$name.yaml"
    start_process "registry-$name" "$(unpacked registry)/usr/bin/docker-registry" serve "$state/$name.yaml"
}

configure() {
    printf 'version: 0.1\nlog: {level: warn}\nstorage:\n  filesystem: {rootdirectory: %s}\n  delete: {enabled: true}\nhttp:\n  addr: 127.0.0.1:%s\n' \
        "$state/images-$1" "$(registry_port "$1")"
}

# For everybody, in the clear.
configure_open() { configure open; }

# For one user, in the clear.
configure_users() {
    configure users
    # shellcheck disable=SC2016 # the dollars are the hash's own
    perl -e 'print "user:", crypt("secret", q($2y$05$rolloutoperatortestsalO)), "\n"' >"$state/users.htpasswd"
    printf 'auth:\n  htpasswd: {realm: test, path: %s}\n' "$state/users.htpasswd"
}

# For everybody, with a certificate of a private authority.
configure_secure() {
    configure secure
    printf '  tls: {certificate: %s, key: %s}\n' "$registry_pki/server.crt" "$registry_pki/server.key"
}

# For those who bring a token of the tests' own token server.
configure_tokens() {
    configure tokens
    printf 'auth:\n  token: {realm: "http://127.0.0.1:%s/token", service: registry, issuer: tests, rootcertbundle: %s}\n' \
        "$(registry_port realm)" "$registry_pki/tokens.crt"
}

# For everybody, in the clear. Tells of each push, also when nobody listens yet.
configure_telling() {
    configure telling
    printf 'notifications:\n  endpoints:\n    - {name: notifications, url: "http://127.0.0.1:%s/push-notifications", timeout: 5s, threshold: 3, backoff: 1s, headers: {Authorization: [Bearer the-secret-of-the-tests]}}\n' \
        "$(registry_port notifications)"
}
