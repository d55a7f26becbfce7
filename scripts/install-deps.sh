#!/usr/bin/env bash
# Installs the Debian packages that are missing, and only those: install-deps.sh [build] [demo] [test] [bench] [bench-instructions] [profile] [bench-http] [contract] [browser]
set -euo pipefail

# Each tool, or file, beside the package that brings it.
tools_for() {
    case "$1" in
    build) echo "cc:gcc make:make git:git" ;;
    demo) echo "curl:curl python3:python3" ;;
    test) echo "tshark:tshark ip:iproute2 nft:nftables python3:python3 setpriv:util-linux tcpdump:tcpdump curl:curl jq:jq \
        ethtool:ethtool nginx:nginx nc:netcat-openbsd nmap:nmap openssl:openssl sshd:openssh-server \
        redis-server:redis-server redis-cli:redis-tools socat:socat pg_ctlcluster:postgresql" ;;
    bench) echo "ip:iproute2 ethtool:ethtool" ;;
    profile) echo "python3:python3" ;;
    bench-instructions) echo "valgrind:valgrind objcopy:binutils python3:python3" ;;
    bench-http) echo "wrk:wrk nginx:nginx-light curl:curl python3:python3" ;;
    contract) echo "python3:python3 nginx:nginx-light" ;;
    browser)
        echo "python3:python3 chromium:chromium chromedriver:chromium-driver" \
            "/usr/share/javascript/dygraphs/dygraph.min.js:libjs-dygraphs"
        ;;
    *)
        echo "install-deps: nothing known for '$1'" >&2
        return 2
        ;;
    esac
}

has() {
    command -v "$1" >/dev/null || [[ -x /usr/sbin/$1 || ($1 == /* && -e $1) ]]
}

missing=()
for purpose in "$@"; do
    tools=$(tools_for "$purpose")
    for pair in $tools; do
        has "${pair%%:*}" || missing+=("${pair##*:}")
    done
    # A library, which no command tells of.
    if [[ $purpose == build ]] && ! echo '#include <openssl/ssl.h>' | cc -E - >/dev/null 2>&1; then
        missing+=(libssl-dev)
    fi
    # A venv needs a module that Debian ships apart from the interpreter.
    if [[ $purpose == browser || $purpose == contract ]] && has python3 && ! python3 -c 'import ensurepip' 2>/dev/null; then
        missing+=(python3-venv)
    fi
done

if ! has swift; then
    echo "swift is missing: install Swift 6.2 or later from https://www.swift.org/install/linux/" >&2
    exit 1
fi
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
    has sudo || { echo "missing: ${missing[*]}; install them as root" >&2; exit 1; }
    as_root=(sudo)
fi
has apt-get || { echo "missing: ${missing[*]}; this script only knows apt-get" >&2; exit 1; }
echo "Installing ${missing[*]} …"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
