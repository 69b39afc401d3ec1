# shellcheck shell=bash
# Kubernetes' own programs, built from Debian's source package into the cache.
# Sourced, never run. Needs common.sh and debian.sh.

readonly kubernetes_version=1.20.2
readonly link_flags="-s -w"
readonly go_version=1.19
readonly patches="map-iterators"
architecture="$(dpkg --print-architecture 2>/dev/null || echo unknown)"

# Everything that decides what comes out of the build is in the name of the folder.
kubernetes="$cache/kubernetes-$kubernetes_version-$architecture-$(printf '%s' "go$go_version $link_flags $patches" | sha256sum | cut -c1-8)"
readonly architecture kubernetes

readonly control_plane_programs=(kube-apiserver kube-controller-manager)
readonly node_programs=(kube-scheduler kubelet)

kubernetes_program() { printf '%s\n' "$kubernetes/bin/$1"; }

have_kubernetes() {
    local program
    for program in "$@"; do
        [[ -x $(kubernetes_program "$program") ]] || return 1
    done
}

# build_kubernetes PROGRAM...: builds those that the cache does not have yet. Needs the lock of the cache.
# Each step ends by moving a finished thing into place, so an interrupted build goes on where it was.
build_kubernetes() {
    local program log="$kubernetes/build.log"
    ! have_kubernetes "$@" || return 0
    say "building Kubernetes $kubernetes_version once; it is kept in $kubernetes"
    mkdir -p "$kubernetes/bin"
    : >"$log"
    install_tools dpkg-source=dpkg-dev xz=xz-utils patch=patch
    unpack_packages "go-$go_version" "golang-$go_version-go" "golang-$go_version-src"
    [[ -d $kubernetes/source ]] || step "$log" "fetching the sources of Kubernetes" fetch_kubernetes
    [[ -f $kubernetes/source/generated ]] || step "$log" "generating the API server's missing source file" generate_openapi
    for program in "$@"; do
        have_kubernetes "$program" || step "$log" "building $program" build_program "$program"
    done
    # With all programs built, what they were built from and with is a gigabyte that nobody needs.
    if have_kubernetes "${control_plane_programs[@]}" "${node_programs[@]}"; then
        rm -rf "$kubernetes"/{source,go,openapi-gen,openapi-violations} "$(unpacked "go-$go_version")"
    fi
}

go_here() {
    local gopath="$kubernetes/go"
    mkdir -p "$gopath/src/k8s.io"
    ln -sfn "$kubernetes/source" "$gopath/src/k8s.io/kubernetes"
    cd "$gopath/src/k8s.io/kubernetes"
    # GOPATH mode: the vendored tree is not a module that today's Go accepts.
    env -u GOFLAGS -u GOROOT GOPATH="$gopath" GOCACHE="$gopath/cache" GO111MODULE=off CGO_ENABLED=0 GOTOOLCHAIN=local \
        PATH="$(unpacked "go-$go_version")/usr/lib/go-$go_version/bin:$PATH" "$@"
}

fetch_kubernetes() {
    local work="$kubernetes/unpacking"
    rm -rf "$work"
    mkdir -p "$work"
    cd "$work"
    download_kubernetes || { refresh_private_apt && download_kubernetes; }
    dpkg-source --no-check --extract ./*.dsc tree
    patch_map_iterators tree/vendor/github.com/modern-go/reflect2
    mv tree "$kubernetes/source"
    rm -rf "$work"
}

# Since Go 1.18 the runtime's mapiterinit takes the iterator as an argument. The vendored package, which is older, does not
# give one, and knows only the beginning of one, so that the runtime writes to where a register happens to point: now and
# then the API server crashes.
patch_map_iterators() {
    sed -i 's/^func mapiterinit(rtype unsafe.Pointer, m unsafe.Pointer) \*hiter$/func mapiterinit(rtype unsafe.Pointer, m unsafe.Pointer, it *hiter)/' "$1"/*.go
    sed -i '/UnsafeIterate(obj unsafe.Pointer)/,/^}/ {
        s/^\treturn &UnsafeMapIterator{$/\tit := new(hiter)\n\tmapiterinit(type2.rtype, *(*unsafe.Pointer)(obj), it)\n&/
        s/mapiterinit(type2.rtype, \*(\*unsafe.Pointer)(obj)),/it,/
    }' "$1/unsafe_map.go"
    sed -i '/^type hiter struct {$/,/^}/ s/^\t\/\/ rest fields are ignored$/\tt, h, buckets, bptr, overflow, oldoverflow unsafe.Pointer\n\tstartBucket uintptr\n\toffset uint8\n\twrapped bool\n\tB, i uint8\n\tbucket, checkBucket uintptr/' "$1/unsafe_link.go"
    # shellcheck disable=SC2015 # it fails if any of the three does
    grep --quiet 'checkBucket uintptr$' "$1/unsafe_link.go" && grep --quiet --recursive 'm unsafe.Pointer, it \*hiter)$' "$1" && grep --quiet 'obj), it)$' "$1/unsafe_map.go" ||
        fail "$1 is not the version that the patch is for"
}

download_kubernetes() {
    private_apt apt-get source --download-only kubernetes || return 1
    compgen -G "*$kubernetes_version-*.dsc" >/dev/null ||
        fail "Debian's source package of kubernetes is not $kubernetes_version any more: $(ls ./*.dsc)"
}

# The API server does not compile without this one generated file.
generate_openapi() {
    local inputs
    cd "$kubernetes/source"
    inputs="$(grep --recursive --files-with-matches --include='*.go' '+k8s:openapi-gen=' pkg cmd plugin staging/src/k8s.io |
        xargs --max-args=1 dirname | sort --unique | sed 's|^staging/src/|vendor/|' |
        grep --invert-match --extended-regexp '/(code-generator|sample-apiserver|kube-openapi)(/|$)' |
        sed 's|^|k8s.io/kubernetes/|' | paste --serial --delimiters=,)"
    go_here go build -o "$kubernetes/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
    go_here "$kubernetes/openapi-gen" \
        --input-dirs "$inputs" \
        --output-package k8s.io/kubernetes/pkg/generated/openapi \
        --output-file-base zz_generated.openapi \
        --go-header-file vendor/k8s.io/code-generator/hack/boilerplate.go.txt \
        --report-filename "$kubernetes/openapi-violations"
    touch "$kubernetes/source/generated"
}

build_program() {
    local package stamps=()
    for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
        package="k8s.io/kubernetes/vendor/$package"
        stamps+=("-X $package.gitVersion=v$kubernetes_version" "-X $package.gitMajor=1" "-X $package.gitMinor=20")
    done
    go_here go build -trimpath -ldflags "$link_flags ${stamps[*]}" -o "$kubernetes/unfinished" "./cmd/$1"
    mv "$kubernetes/unfinished" "$(kubernetes_program "$1")"
}
