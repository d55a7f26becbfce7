#!/usr/bin/env bash
# Makes dist/rawtcpweb-VERSION-ARCH.tar.gz: the program linked with Swift's libraries inside, the page and the unit for systemd.
# It runs on machines without Swift; of libraries it wants glibc, libstdc++ and OpenSSL 3, which Debian 12 and later have.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "dist: $*" >&2
    exit 1
}

# A folder of its own: the flag changes every compiler call, and would have the other builds made anew each time.
build=(swift build -c release --product rawtcpweb --static-swift-stdlib --scratch-path .build/static)
"${build[@]}"
program="$("${build[@]}" --show-bin-path)/rawtcpweb"

if needed=$(ldd "$program" | grep -iE 'swift|foundation|dispatch|not found'); then
    fail "the program wants libraries that another machine lacks:"$'\n'"$needed"
fi
version=$(env -i "$program" --version)
name="rawtcpweb-$version-$(uname -m)"

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
mkdir "$staging/$name"
install -s "$program" "$staging/$name/rawtcpweb"
cp -r Public deploy/rawtcpweb.service "$staging/$name/"

mkdir -p dist
tar --create --gzip --owner=0 --group=0 --numeric-owner --file "dist/$name.tar.gz" --directory "$staging" "$name"
echo "dist/$name.tar.gz"
