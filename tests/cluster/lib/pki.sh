# shellcheck shell=bash
# The certificate authorities of the cluster and what they have signed. Sourced, never run. Needs common.sh.

readonly pki="$state/pki"
readonly service_network=10.96.0.0/16
readonly cluster_dns=10.96.0.10
readonly node_name=127.0.0.1

# All or nothing, so that an interrupted start never leaves half a set.
make_pki() {
    local work="$state/pki.unfinished"
    [[ ! -d $pki ]] || return 0
    rm -rf "$work"
    mkdir -m 700 "$work"
    (
        cd "$work"
        authority ca "/CN=rollout-operator-test"
        authority etcd-ca "/CN=rollout-operator-test-etcd"
        issue etcd-ca etcd "/CN=etcd" "IP:127.0.0.1, DNS:localhost"
        issue ca apiserver "/CN=kube-apiserver" "IP:127.0.0.1, IP:10.96.0.1, DNS:localhost, DNS:kubernetes, DNS:kubernetes.default, DNS:kubernetes.default.svc, DNS:kubernetes.default.svc.cluster.local"
        issue ca apiserver-to-kubelet "/O=system:masters/CN=kube-apiserver"
        issue ca admin "/O=system:masters/CN=admin"
        issue ca controller-manager "/CN=system:kube-controller-manager"
        issue ca scheduler "/CN=system:kube-scheduler"
        issue ca proxy "/CN=system:kube-proxy"
        issue ca kubelet "/O=system:nodes/CN=system:node:$node_name" "IP:127.0.0.1"
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out service-accounts.key
        openssl pkey -in service-accounts.key -pubout -out service-accounts.pub
    )
    mv "$work" "$pki"
}

authority() {
    certificate "$1" "$2" "basicConstraints = critical, CA:TRUE" "keyUsage = critical, keyCertSign, cRLSign"
}

# issue AUTHORITY NAME SUBJECT [ALTERNATIVE NAMES]
issue() {
    local names="${4:+subjectAltName = $4}"
    certificate "$2" "$3" "basicConstraints = critical, CA:FALSE" "keyUsage = critical, digitalSignature" \
        "extendedKeyUsage = serverAuth, clientAuth" "authorityKeyIdentifier = keyid" "$names" \
        -- -CA "$1.crt" -CAkey "$1.key"
}

# certificate NAME SUBJECT EXTENSION... [-- OPTION...]
certificate() {
    local name="$1" subject="$2" extensions="subjectKeyIdentifier = hash" output
    shift 2
    while (($# > 0)) && [[ $1 != -- ]]; do
        extensions+=$'\n'"$1"
        shift
    done
    (($# == 0)) || shift
    output="$(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -subj "$subject" -keyout "$name.key" -out "$name.crt" "$@" \
        -config <(printf '[req]\ndistinguished_name = none\nx509_extensions = extensions\n[none]\n[extensions]\n%s\n' "$extensions") 2>&1)" ||
        fail "openssl could not make the certificate $name: $output"
}

# write_kubeconfig FILE CERTIFICATE: credentials of one user, everything embedded.
write_kubeconfig() {
    local file="$1" user="$2"
    mkdir -p "${file%/*}"
    (
        umask 077
        cat >"$file.new" <<YAML
apiVersion: v1
kind: Config
current-context: $context
contexts:
- name: $context
  context:
    cluster: $context
    user: $user
clusters:
- name: $context
  cluster:
    server: https://127.0.0.1:$api_port
    certificate-authority-data: $(base64 --wrap=0 "$pki/ca.crt")
users:
- name: $user
  user:
    client-certificate-data: $(base64 --wrap=0 "$pki/$user.crt")
    client-key-data: $(base64 --wrap=0 "$pki/$user.key")
YAML
        mv "$file.new" "$file"
    )
}
