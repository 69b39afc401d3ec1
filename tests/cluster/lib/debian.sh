# shellcheck shell=bash
# Programs and sources from Debian's archive, unpacked into the cache instead of being
# installed: no daemon starts, nothing on the machine changes, and no root is needed.
# Sourced, never run. Needs common.sh.

readonly debian_release=bookworm
readonly apt_home="$cache/apt"

require_debian() {
    local codename
    command -v apt-get >/dev/null ||
        fail "the local cluster is made from Debian's packages and there is no apt-get here; use a Debian 12 machine or container, or a cluster of your own (see 'make help')"
    codename="$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-unknown}")"
    [[ $codename == "$debian_release" ]] ||
        fail "the local cluster is made from the packages of Debian 12 ($debian_release), and this is '$codename'; use a Debian 12 machine or container, or a cluster of your own (see 'make help')"
}

# install_tools COMMAND=PACKAGE[,PACKAGE]...: the small tools that these scripts call, if they are missing.
install_tools() {
    local pair packages missing=()
    for pair in "$@"; do
        IFS=, read -r -a packages <<<"${pair##*=}"
        command -v "${pair%%=*}" >/dev/null || missing+=("${packages[@]}")
    done
    ((${#missing[@]} > 0)) || return 0
    say "installing ${missing[*]}"
    # The exit code of an update says little: an unrelated source may fail. The installation tells.
    as_root apt-get update -qq >/dev/null 2>&1 || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        fail "apt-get could not install ${missing[*]}"
}

private_apt() {
    "$1" -o Dir::Etc::sourcelist="$apt_home/sources.list" \
        -o Dir::Etc::sourceparts="$apt_home/sources.list.d" \
        -o Dir::State::lists="$apt_home/lists" \
        -o Dir::Cache="$apt_home/cache" \
        -o APT::Sandbox::User="$(id -un)" \
        -o Acquire::Retries=3 \
        "${@:2}"
}

# The machine's own package sources, with the source packages switched on.
refresh_private_apt() {
    local file
    rm -rf "$apt_home"
    mkdir -p "$apt_home/sources.list.d" "$apt_home/lists/partial" "$apt_home/cache/archives/partial"
    : >"$apt_home/sources.list"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [[ -f $file ]] || continue
        sed -n 's/^deb[[:space:]]\+\(.*\)$/deb \1\ndeb-src \1/p' "$file" >>"$apt_home/sources.list"
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [[ -f $file ]] || continue
        sed 's/^Types:.*$/Types: deb deb-src/' "$file" >"$apt_home/sources.list.d/${file##*/}"
    done
    # A source that fails and is not Debian's does not concern us; what is missing shows when it is used.
    private_apt apt-get update -qq >/dev/null 2>&1 || true
}

# unpacked NAME: the folder in which unpack_packages put something.
unpacked() { printf '%s\n' "$cache/debian-$debian_release/$1"; }

# unpack_packages NAME PACKAGE...: puts the files of the packages in one folder. Needs the lock of the cache.
unpack_packages() {
    local name="$1" package work="$cache/unpacking"
    shift
    [[ ! -d $(unpacked "$name") ]] || return 0
    say "fetching Debian's $*"
    rm -rf "$work"
    mkdir -p "$work" "$cache/debian-$debian_release"
    # All in one call, since apt reads its lists anew in each.
    download_packages "$work" "$@" ||
        { refresh_private_apt && download_packages "$work" "$@"; } ||
        fail "not all of Debian's packages $* could be downloaded; try 'apt-get update' and 'apt-get download' by hand"
    for package in "$@"; do
        dpkg-deb --extract "$work/$package"_*.deb "$work/files"
    done
    mv "$work/files" "$(unpacked "$name")"
    rm -rf "$work"
}

download_packages() {
    (cd "$1" && private_apt apt-get download -qq "${@:2}" 2>/dev/null)
}
