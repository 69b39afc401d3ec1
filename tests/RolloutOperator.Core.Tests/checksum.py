"""The checksum, version 1, a second time: written from its definition in docs/reference/checksum.md, not from the C# code.

stdin   {"key": hex, "workloads": [[source, ...], ...]}; a source is one of
        {"name": "configmap/a", "keys": [key, ...] or null for all, "data": {key: base64} or null when absent,
         "binary": [keys of data that are of binaryData], "variables": [key, ...],
         "envFrom": [{"prefix": text, "hidden": [name, ...], "skips": whether invalid names are skipped}, ...]}
        {"name": "image/app", "manifest": digest of the manifest or null when absent}
stdout  [{"sources": {name: hex or null}, "checksum": hex}, ...]
"""
import base64
import hashlib
import hmac
import json
import re
import struct
import sys

VERSION = b"rollout-operator/v1\0"


def digest_of_value(name, value, key):
    if name.startswith("secret/"):
        return hmac.new(key, value, hashlib.sha256).digest()
    return hashlib.sha256(value).digest()


def named(name, digest):
    text = name.encode()
    return struct.pack(">I", len(text)) + text + (b"\0" if digest is None else b"\1" + digest)


def digest_of_source(source, key):
    name = source["name"]
    if name.startswith("image/"):
        manifest = source["manifest"]
        return None if manifest is None else hashlib.sha256(VERSION + manifest.encode()).digest()
    data = source["data"]
    if data is None:
        return None
    every = source["keys"] is None
    files = set(data) if every else set(source["keys"])
    variables = set(source["variables"]) | {k for k in data for entry in source["envFrom"] if is_seen(entry, k)}
    text = set(data) - set(source["binary"])
    stream = VERSION
    for k in sorted(files | variables, key=str.encode):
        value = digest_of_value(name, base64.b64decode(data[k]), key) if k in data else None
        if every or source["envFrom"]:
            if k in files and k in data:
                stream += named(k, value)
                stream += named(k, None) if k in variables - text else b""
            elif k in variables & text:
                stream += named(k, value)
        elif k in files:
            stream += named(k, value)
            stream += named(k, None) if k in data and k in variables - text else b""
        else:
            stream += named(k, value if k in text else None)
    return hashlib.sha256(stream).digest()


def is_seen(entry, k):
    variable = entry["prefix"] + k
    valid = re.fullmatch(r"[-._a-zA-Z][-._a-zA-Z0-9]*", variable) and variable != "." and not variable.startswith("..")
    return variable not in entry["hidden"] and (valid or not entry["skips"])


def digest_of_workload(sources, key):
    digests = {source["name"]: digest_of_source(source, key) for source in sources}
    stream = VERSION + b"".join(named(name, digests[name]) for name in sorted(digests, key=str.encode))
    return {
        "sources": {name: digest and digest.hex() for name, digest in digests.items()},
        "checksum": hashlib.sha256(stream).hexdigest(),
    }


def main():
    given = json.load(sys.stdin)
    key = bytes.fromhex(given["key"])
    json.dump([digest_of_workload(sources, key) for sources in given["workloads"]], sys.stdout)


if __name__ == "__main__":
    main()
