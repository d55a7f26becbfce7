#!/usr/bin/env bash
# Makes Benchmarks/engine.profdata anew, by which release builds lay out the engine: a build that counts which code is run,
# a quick benchmark of everything, and what it has counted. Needs root, as the benchmark does.
set -euo pipefail
cd "$(dirname "$0")/.."

# What counts stands in the compiler's own folder; the compiler would link it only for a profile of its older kind.
resources=$(swiftc -print-target-info | python3 -c 'import json, sys; print(json.load(sys.stdin)["paths"]["runtimeResourcePath"])')
counting=$resources/clang/lib/linux/libclang_rt.profile-$(uname -m).a
build=(swift build -c release --product rawtcpweb-bench --static-swift-stdlib --scratch-path .build/counting)
RAWTCPWEB_COUNT=1 "${build[@]}" -Xlinker "$counting" -Xlinker -u__llvm_profile_runtime
program=$(RAWTCPWEB_COUNT=1 "${build[@]}" --show-bin-path)/rawtcpweb-bench

counts=$(mktemp -d)
trap 'rm -rf "$counts"' EXIT
LLVM_PROFILE_FILE=$counts/handshakes.profraw "$program" --quick handshake
LLVM_PROFILE_FILE=$counts/rest.profraw "$program" --quick pingpong bulk idle log loss
# A second of bulk has a hundred thousand segments; without weights a handshake's code would pass for rare beside it.
"$(dirname "$(readlink -f "$(command -v swiftc)")")/llvm-profdata" merge --sparse --output Benchmarks/engine.profdata \
    --weighted-input=10,"$counts/handshakes.profraw" --weighted-input=1,"$counts/rest.profraw"
# The compiler takes up an object as it is whose source has not changed, though the profile has.
find .build -path '*/release/Engine.build/*.o' -delete
echo "Benchmarks/engine.profdata"
