# shellcheck shell=bash
# Container images without a container engine: a folder becomes a docker-archive.
# Sourced, never run. Needs common.sh and debian.sh.

# pack_image NAME FOLDER CONFIG ARCHIVE: CONFIG is the JSON object of the image's "config".
pack_image() {
    local name="$1" folder="$2" config="$3" archive="$4" work
    work="$(mktemp -d)"
    tar --create --file "$work/layer.tar" --directory "$folder" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 .
    printf '{"architecture":"%s","os":"linux","config":%s,"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}\n' \
        "$architecture" "$config" "$(sha256sum "$work/layer.tar" | cut -d' ' -f1)" >"$work/config.json"
    printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]\n' "$name" >"$work/manifest.json"
    tar --create --file "$archive" --directory "$work" manifest.json config.json layer.tar
    rm -rf "$work"
}

# busybox_root FOLDER: a root folder like that of the image busybox.
busybox_root() {
    local folder="$1" applet
    mkdir -p "$folder"/{bin,tmp}
    cp "$(unpacked busybox)/bin/busybox" "$folder/bin/"
    for applet in $("$folder/bin/busybox" --list); do
        [[ $applet == busybox ]] || ln -s busybox "$folder/bin/$applet"
    done
}

# The container that holds a pod's network namespace and does nothing else.
pack_pause_image() {
    local folder
    folder="$(mktemp -d)"
    busybox_root "$folder"
    pack_image "$pause_image" "$folder" '{"Entrypoint":["/bin/busybox","sleep","2147483647"]}' "$1"
    rm -rf "$folder"
}
