#!/usr/bin/env bash
# Posts every *.pkt below a folder to a service of its own and says what became of each: "pass", "fail" or "refused".
# Usage: scripts/try-scenarios.sh FOLDER [default|linux|freebsd|freebsd-12]
# RAWTCPWEB=/path/to/rawtcpweb takes another build than .build/release/rawtcpweb.
set -euo pipefail

folder=${1:?usage: scripts/try-scenarios.sh FOLDER [default|linux|freebsd|freebsd-12]}
profile=${2:-default}
root=$(cd "$(dirname "$0")/.." && pwd)
binary=${RAWTCPWEB:-$root/.build/release/rawtcpweb}
work=$(mktemp -d)
cleanup() {
    [[ -z ${server:-} ]] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

"$binary" serve --listen 127.0.0.1:0 --public "$root/Public" >"$work/ready" 2>"$work/log" &
server=$!
for _ in $(seq 100); do
    url=$(grep -oE 'http://[0-9.:]+' "$work/ready" | head -1) && break
    kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
done

pass=0
total=0
while IFS= read -r -d '' file; do
    total=$((total + 1))
    curl -sS -H 'Content-Type: text/x-packetdrill' --data-binary @"$file" \
        "$url/v1/scenarios?clock=virtual&seed=7&profile=$profile" >"$work/answer"
    verdict=$(python3 - "$work/answer" <<'END'
import json, sys
answer = json.load(open(sys.argv[1]))
if answer.get("verdict") == "pass":
    print("pass")
elif "expected" in answer:
    print(f"fail     line {answer['line']}: {answer['source']}: expected {answer['expected']}, actual {answer['actual']}")
else:
    print(f"refused  {answer.get('detail', answer)}")
END
    )
    printf '%s: %s\n' "${file#"$folder"/}" "$verdict"
    [[ $verdict != pass ]] || pass=$((pass + 1))
done < <(find "$folder" -name '*.pkt' -print0 | sort -z)
echo "$pass of $total pass"
