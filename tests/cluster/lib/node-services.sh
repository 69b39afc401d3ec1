# shellcheck shell=bash
# How pods reach the cluster IP of a Service, and its name: what kube-proxy and CoreDNS do elsewhere. Clusters of one
# machine share its network, where kube-proxies would take away each other's rules; here each cluster has a table of its
# own, for what comes from its bridge. Sourced, never run. Needs the other parts.

gateway() { cat "$node_state/gateway"; }

# The bridge that the CNI plugin would make with the first pod: DNS listens on it from the start.
make_bridge() {
    ip link add "$bridge" type bridge
    ip address add "$(gateway)/24" dev "$bridge"
    ip link set "$bridge" up
    # Lets the kernel hand what pods send to the API server to loopback; of this bridge alone.
    printf '1\n' >"/proc/sys/net/ipv4/conf/$bridge/route_localnet"
}

start_services() {
    local kubectl
    install_tools nft=nftables dnsmasq=dnsmasq-base
    kubectl="$(kubectl_program)"
    write_kubeconfig "$node_state/proxy.kubeconfig" proxy
    : >"$runtime/hosts"
    # Knows the Services of this cluster, and asks nobody about anything else.
    start_process dnsmasq dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=nobody \
        --listen-address="$(gateway)" --bind-interfaces --no-resolv --no-hosts --cache-size=0 \
        --local=/cluster.local/ --addn-hosts="$runtime/hosts"
    # The signal by which it is told of changes would end it before it listens.
    wait_for_cluster 30 dnsmasq "DNS" bash -c ": </dev/tcp/$(gateway)/53"
    start_process services env PATH="$PATH:${kubectl%/*}" HOME="$HOME" XDG_CACHE_HOME="${cache%/*}" \
        ROLLOUT_OPERATOR_CLUSTER_DIR="$state" "$library/node" follow-services
    wait_for_cluster 60 services "the rules of Services" nft list table ip "$bridge"
}

stop_services() {
    stop_process services
    stop_process dnsmasq
    if command -v nft >/dev/null; then nft delete table ip "$bridge" 2>/dev/null || true; fi
}

# Runs until it is stopped, and its children with it: start_process gave it a process group.
follow_services() {
    trap 'trap - TERM; kill 0' TERM
    local kubectl=(kubectl --kubeconfig "$node_state/proxy.kubeconfig" get --all-namespaces)
    while true; do
        if lay_services; then
            # Once a minute in any case. A burst of changes is one look.
            read -r -t 60 _ || true
            for _ in {1..10}; do read -r -t 0.2 _ || break; done
        else
            say "Services could not be read or their rules not laid; trying again"
            sleep 1
        fi
    done < <(ring services & ring endpoints)
}

# A line for each change.
ring() {
    while kill -0 $$; do
        "${kubectl[@]}" "$1" --watch --output name || true
        sleep 1
    done
}

lay_services() {
    # shellcheck disable=SC2016 # kubectl expands the template
    "${kubectl[@]}" services,endpoints --output go-template='
        {{- range .items}}{{$in := .metadata}}
        {{- if eq .kind "Service"}}{{$ip := .spec.clusterIP}}
        {{- range .spec.ports}}service {{$in.namespace}} {{$in.name}} {{or .name "-"}} {{or $ip "-"}} {{.protocol}} {{.port}}{{"\n"}}{{end}}
        {{- else}}
        {{- range .subsets}}{{$addresses := .addresses}}
        {{- range .ports}}{{$port := .}}
        {{- range $addresses}}endpoint {{$in.namespace}} {{$in.name}} {{or $port.name "-"}} {{.ip}} {{$port.port}}{{"\n"}}{{end}}{{end}}{{end}}
        {{- end}}{{end}}' >"$runtime/services" || return 1
    awk '$1 == "service" && $5 ~ /^[0-9]/ { print $5, $3 "." $2 ".svc.cluster.local" }' "$runtime/services" | sort --unique >"$runtime/hosts.new"
    if ! cmp --quiet "$runtime/hosts" "$runtime/hosts.new"; then
        mv "$runtime/hosts.new" "$runtime/hosts"
        kill -HUP "$(process_id dnsmasq)"
    fi
    service_rules >"$runtime/rules"
    nft --file "$runtime/rules"
}

# The whole table, which nft puts in the place of the old one at once. Each of N endpoints gets one connection of N. The
# answer of a pod on the same bridge would go past us, and so come from the wrong address: it gets ours as its destination.
service_rules() {
    local apiserver
    apiserver="$(gateway):$apiserver_pod_port"
    printf 'table ip %s\ndelete table ip %s\ntable ip %s {\n' "$bridge" "$bridge" "$bridge"
    printf ' chain answers { type nat hook postrouting priority srcnat; oifname "%s" ct status dnat masquerade; }\n' "$bridge"
    printf ' chain strays { type filter hook forward priority filter; iifname "%s" ip daddr %s reject; }\n' "$bridge" "$service_network"
    printf ' chain services { type nat hook prerouting priority dstnat; iifname != "%s" accept;\n' "$bridge"
    printf '  ip daddr %s tcp dport %s dnat to 127.0.0.1:%s;\n' "${apiserver%:*}" "${apiserver#*:}" "$api_port"
    awk -v apiserver="$apiserver" -v gateway="$(gateway)" -v here="127.0.0.1:$api_port" '
        # What this machine offers to pods is on its loopback, but for DNS.
        function target(address, port) {
            return address ":" port == apiserver ? here : (address == gateway && port != 53 ? "127.0.0.1" : address) ":" port
        }
        $1 == "endpoint" { of = $2 " " $3 " " $4; targets[of, ++count[of]] = target($5, $6) }
        $1 == "service" && $5 ~ /^[0-9]/ { services[++number] = $0 }
        END {
            for (i = 1; i <= number; i++) {
                split(services[i], s, " "); of = s[2] " " s[3] " " s[4]
                for (j = 1; j <= count[of]; j++)
                    printf "  ip daddr %s %s dport %s %sdnat to %s;\n", s[5], tolower(s[6]), s[7],
                        j < count[of] ? "numgen random mod " count[of] - j + 1 " 0 " : "", targets[of, j]
            }
        }' "$runtime/services"
    printf ' }\n}\n'
}
