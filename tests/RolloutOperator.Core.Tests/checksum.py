"""The checksum, version 1, a second time: written from its definition in docs/reference/checksum.md, not from the C# code.

stdin   {"key": hex, "workloads": [[source, ...], ...]}; a source is one of
        {"name": "configmap/a", "keys": [key, ...] or null for all, "data": {key: base64} or null when absent}
        {"name": "image/app", "manifest": digest of the manifest or null when absent}
stdout  [{"sources": {name: hex or null}, "checksum": hex}, ...]
"""
import base64
import hashlib
import hmac
import json
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
    keys = data if source["keys"] is None else source["keys"]
    stream = VERSION
    for k in sorted(keys, key=str.encode):
        stream += named(k, digest_of_value(name, base64.b64decode(data[k]), key) if k in data else None)
    return hashlib.sha256(stream).digest()


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
