#!/usr/bin/env bash
# Requests per second and the 99th percentile, ours beside nginx and a minimal Hummingbird server, in one run: wrk, 64
# connections, keep-alive, the contestants in turn. Prints medians and the ratios that docs/performance.md names.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-3}

scripts/install-deps.sh build bench-http
swift build -c release --product rawtcpweb
swift build -c release --package-path Benchmarks/HTTPPeer --scratch-path .build/http-peer

folder=$(mktemp -d)
# nginx's workers are nobody where its master is root.
chmod 755 "$folder"
children=()
trap 'kill "${children[@]}" 2>/dev/null || true; rm -rf "$folder"' EXIT

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

ours=$(free_port) peer=$(free_port) nginx=$(free_port)
cp -r Public "$folder/public"
mkdir "$folder/html"
head -c 4096 /dev/zero | tr '\0' x | tee "$folder/public/file.txt" >"$folder/html/file.txt"
# As large as the answer that the log is compared by; filled in below.
cat >"$folder/nginx.conf" <<CONFIGURATION
daemon off; pid $folder/pid; error_log $folder/error.log; worker_processes 2;
events { worker_connections 1024; }
http {
    access_log off; keepalive_requests 1000000; sendfile on; open_file_cache max=100;
    client_body_temp_path $folder/b; proxy_temp_path $folder/p; fastcgi_temp_path $folder/f; uwsgi_temp_path $folder/u;
    scgi_temp_path $folder/s;
    server { listen 127.0.0.1:$nginx backlog=1024; root $folder/html; }
}
CONFIGURATION

.build/release/rawtcpweb serve --listen "127.0.0.1:$ours" --public "$folder/public" >/dev/null 2>&1 &
children+=($!)
nginx -p "$folder" -c "$folder/nginx.conf" &
children+=($!)
await_server() {
    for _ in {1..100}; do
        curl -so /dev/null "http://127.0.0.1:$1/" && break
        sleep 0.1
    done
}
await_server "$ours"
await_server "$nginx"

# Segments for the log: a connection to ourselves, and enough of them.
for _ in {1..60}; do
    curl -so /dev/null --json "{\"remote\": \"127.0.0.1:$nginx\"}" "http://127.0.0.1:$ours/v1/connections"
done
curl -so "$folder/html/segments.json" "http://127.0.0.1:$ours/v1/segments?limit=100"
.build/http-peer/release/HTTPPeer "$peer" "$folder/html/segments.json" >/dev/null 2>&1 &
children+=($!)
await_server "$peer"

# Prints requests per second and the 99th percentile in milliseconds.
measure() {
    wrk -t2 -c64 -d"${seconds}s" --latency "http://127.0.0.1:$1$2" | awk '
        /99%/ { value = $2 + 0; if ($2 ~ /us$/) value /= 1000; else if ($2 !~ /ms$/) value *= 1000; p99 = value }
        /Requests\/sec/ { rate = $2 }
        /Non-2xx/ { bad = 1 }
        END {
            if (bad) { print "not every answer was a success" >"/dev/stderr"; exit 1 }
            printf "%.0f %.2f\n", rate, p99
        }'
}

declare -A contestants=(
    ["healthz ours"]="$ours /healthz" ["healthz hummingbird"]="$peer /healthz"
    ["file ours"]="$ours /file.txt" ["file hummingbird"]="$peer /file" ["file nginx"]="$nginx /file.txt"
    ["segments ours"]="$ours /v1/segments?limit=100" ["segments hummingbird"]="$peer /segments"
    ["segments nginx"]="$nginx /segments.json"
)
order=(
    "healthz ours" "healthz hummingbird" "file ours" "file hummingbird" "file nginx"
    "segments ours" "segments hummingbird" "segments nginx"
)
for name in "${order[@]}"; do
    # shellcheck disable=SC2086 # two words: a port and a target
    measure ${contestants[$name]} >/dev/null # warms up
done
for _ in $(seq "$rounds"); do
    for name in "${order[@]}"; do
        # shellcheck disable=SC2086
        measure ${contestants[$name]} >>"$folder/${name// /-}"
    done
done

median() {
    sort -n "$folder/$1" | awk -v column="$2" '{ value[NR] = $column } END { print value[int((NR + 1) / 2)] }'
}

printf '%-22s %12s %10s\n' "$(nproc) cores, 64 clients" requests/s "p99 ms"
for name in "${order[@]}"; do
    printf '%-22s %12s %10s\n' "$name" "$(median "${name// /-}" 1)" "$(median "${name// /-}" 2)"
done
for pair in "healthz hummingbird" "file hummingbird" "file nginx" "segments hummingbird" "segments nginx"; do
    read -r topic other <<<"$pair"
    awk -v ours="$(median "$topic-ours" 1)" -v theirs="$(median "$topic-$other" 1)" -v pair="$pair" \
        'BEGIN { split(pair, words, " "); printf "%s: %.2f x %s\n", words[1], ours / theirs, words[2] }'
done
