#!/usr/bin/env bash
# Runs Python with what the browser tests need, in an environment of its own under .build: browser-python.sh ARGUMENTS…
set -euo pipefail
cd "$(dirname "$0")/.."

environment=.build/browser-environment
scripts/install-deps.sh browser
swift build -c release --product rawtcpweb
python3 -m venv "$environment"
"$environment/bin/pip" install -q --disable-pip-version-check -r Tests/Browser/requirements.txt
if [[ ${1:-} ]]; then
    exec "$environment/bin/python" "$@"
fi
