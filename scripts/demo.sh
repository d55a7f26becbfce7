#!/usr/bin/env bash
# The tutorial's job over HTTP: a handshake, "hello raw", its echo, the close, and the log of every segment, each by a
# curl command that is shown as it is run. Every answer is checked; the first that differs ends the demo with status 1.
# On a terminal the page is then served until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly program=.build/release/rawtcpweb
work=$(mktemp -d)
started=()
readonly work

# Ends what was started, the newest first, and waits until it has ended.
stop_all() {
    local index
    for ((index = ${#started[@]} - 1; index >= 0; index--)); do
        kill -TERM "${started[index]}" 2>/dev/null || true
    done
    for ((index = ${#started[@]} - 1; index >= 0; index--)); do
        wait "${started[index]}" 2>/dev/null || true
    done
    started=()
}

finish() {
    local status=$?
    trap - EXIT INT TERM
    stop_all
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [[ -t 1 ]]; then bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'; else bold='' dim='' red='' plain=''; fi

say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '%s%s%s\n' "$dim" "$*" "$plain"; }

differs() {
    printf '\n%sDiffers: %s%s\n' "$red" "$*" "$plain" >&2
    exit 1
}

# Shows a command as it would be typed, runs it, and keeps its output in $work/answer.
run() {
    printf '%s$ %s%s\n' "$bold" "$1" "$plain"
    eval "$1" >"$work/answer" || differs "the command above ended with status $?"
    cat "$work/answer"
    [[ -z $(tail -c 1 "$work/answer") ]] || echo
}

# expect STEP EXPRESSION: Python that must be true of `answer` (the last output), `lines` and `body` (the same as JSON).
expect() {
    python3 - "$work/answer" "$1" "$2" <<'PYTHON' || exit 1
import json, sys
path, step, expression = sys.argv[1:]
answer = open(path, encoding="utf-8", errors="replace").read()
lines = answer.splitlines()
try:
    body = json.loads(answer)
except ValueError:
    body = None
def bits(segment):
    """The segment's bits as its rows show them, and as its octets have them."""
    drawn = "".join(c for row in segment["bits"] for c in (row if isinstance(row, str) else "".join(map(str, row))) if c in "01")
    octets = bytes.fromhex(segment["hex"])
    return drawn, "".join(f"{octet:08b}" for octet in octets)
try:
    fine = eval(expression)
except Exception as error:
    fine, expression = False, f"{expression} ({error!r})"
if not fine:
    print(f"\nDiffers: {step}: this should hold and does not: {expression}", file=sys.stderr)
    sys.exit(1)
PYTHON
}

# free_port PREFERRED: the first port from there on that 127.0.0.1 can listen on. A connection's own port must not be in
# the kernel's TIME-WAIT either; a server's may be.
free_port() {
    python3 - "$@" <<'PYTHON'
import socket, sys
for port in range(int(sys.argv[1]), 65536):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, sys.argv[2] == "server")
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            continue
        print(port)
        sys.exit()
sys.exit("no port is free")
PYTHON
}

# choose_port PREFERRED server|connection WHAT: prints it or the next free one, and says so if it is not the preferred one.
choose_port() {
    local port
    port=$(free_port "$1" "$2")
    ((port == $1)) || note "Port $1 ($3) is taken or may not be bound; using $port instead." >&2
    echo "$port"
}

# start LOG COMMAND…: runs it in the background; it is stopped at the end, whatever that is.
start() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 &
    started+=($!)
}

# await WHAT LOG COMMAND…: until the command succeeds, at most ten seconds, as long as the newest process lives.
await() {
    local what=$1 log=$2 attempt
    shift 2
    for ((attempt = 0; attempt < 200; attempt++)); do
        "$@" >/dev/null 2>&1 && return
        kill -0 "${started[-1]}" 2>/dev/null || break
        sleep 0.05
    done
    cat "$log" >&2
    differs "$what did not start"
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }

prepare() {
    scripts/install-deps.sh build demo
    say "Building in release …"
    swift build -c release --product rawtcpweb
    echo_port=$(choose_port 6666 server "the echo server")
    http_port=$(choose_port 8080 server "the service")
    local_port=$(choose_port 1017 connection "the connection's local port")
    url=http://127.0.0.1:$http_port

    start "$work/echo.log" "$program" echo "$echo_port"
    await "the echo server" "$work/echo.log" listens "$echo_port"
    start "$work/serve.log" "$program" serve --listen "127.0.0.1:$http_port"
    await "the service" "$work/serve.log" curl -sf "$url/healthz"
}

handshake() {
    say "1. A handshake on the raw socket, from port $local_port, with the tutorial's initial sequence number"
    run "curl -s --json '{\"remote\": \"127.0.0.1:$echo_port\", \"local\": \"127.0.0.1:$local_port\", \"name\": \"demo\", \"initialSequence\": 19890602}' '$url/v1/connections?pretty=1'"
    expect "handshake" 'body["state"] == "ESTABLISHED"'
    expect "handshake" 'body["send"]["iss"] == 19890602'
    expect "handshake" 'body["send"]["una"] == body["send"]["nxt"] == 19890603'
    expect "handshake" "body['local'] == {'address': '127.0.0.1', 'port': $local_port}"
}

conversation() {
    say "2. Nine bytes, acknowledged by the server's kernel before the answer comes"
    run "curl -s --json '{\"text\": \"hello raw\"}' '$url/v1/connections/demo/send?pretty=1'"
    expect "send" 'body["accepted"] == 9'
    expect "send" 'body["firstSequence"] == 19890603 and body["nextSequence"] == 19890612'

    say "3. The echo"
    run "curl -s '$url/v1/connections/demo/received?minimum=9&wait=5s'"
    expect "echo" 'answer == "hello raw"'
}

ending() {
    say "4. The orderly close: our FIN, its acknowledgment, the server's FIN, TIME-WAIT"
    run "curl -s -X POST '$url/v1/connections/demo/close?pretty=1'"
    expect "close" 'body["state"] in ("FIN-WAIT-2", "TIME-WAIT")'
    run "curl -s '$url/v1/connections/demo?wait=state:TIME-WAIT&timeout=5s&pretty=1'"
    expect "close" 'body["state"] == "TIME-WAIT"'
    expect "close" 'body["send"]["una"] == body["send"]["nxt"] == 19890613'
    expect "close" 'body["counters"]["bytesAcked"] == body["counters"]["bytesReceived"] == 9'
    expect "close" 'body["counters"]["retransmissions"] == 0'
}

segment_log() {
    say "5. Every segment that crossed the raw socket, one line each"
    run "curl -s '$url/v1/segments?connection=demo&format=text'"
    expect "log" 'len(lines) >= 8'
    expect "log" "all('$local_port' in line and '$echo_port' in line for line in lines)"
    expect "log" '"19890602" in lines[0]'
    curl -s "$url/v1/segments?connection=demo" >"$work/answer"
    expect "log" '[s["tcp"]["flags"] for s in body["segments"][:3]] == [["SYN"], ["SYN", "ACK"], ["ACK"]]'
    expect "log" '[s["cause"] for s in body["segments"][:3]] == ["syn", "accepted", "ack"]'
    expect "log" 'body["segments"][1]["tcp"]["acknowledgment"] == 19890603'
    expect "log" 'not any("RST" in s["tcp"]["flags"] for s in body["segments"])'
    expect "log" 'sum("FIN" in s["tcp"]["flags"] for s in body["segments"]) == 2'
    data=$(python3 -c '
import json, sys
segments = json.load(open(sys.argv[1]))["segments"]
print(next(s["number"] for s in segments if s["direction"] == "out" and s["payload"]["length"] == 9))' "$work/answer") ||
        differs "log: no segment carries the nine bytes"
}

one_segment() {
    say "6. The segment with the text: every header field, and its bits in rows of 32 as the RFC draws them"
    run "curl -s '$url/v1/segments/$data?pretty=1'"
    expect "segment" 'body["tcp"]["sequence"] == 19890603 and body["payload"]["length"] == 9'
    expect "segment" 'body["tcp"]["checksum"]["verdict"] == "good"'
    expect "segment" 'bytes.fromhex(body["hex"]).endswith(b"hello raw")'
    expect "segment" 'bits(body)[0] == bits(body)[1]'
    expect "segment" 'all(len("".join(row).replace(" ", "")) == 32 for row in body["bits"][:10])'
    expect "segment" 'sum(field["bitLength"] for field in body["fields"]) <= 8 * len(bytes.fromhex(body["hex"]))'
    expect "segment" 'any(field["value"] == 19890603 for field in body["fields"])'
}

prepare
handshake
conversation
ending
segment_log
one_segment
say "Every answer was as it should be."

if [[ -t 1 ]]; then
    say "The page is at $url/ — Ctrl-C ends it."
    trap 'exit 0' INT
    wait "${started[-1]}"
fi
