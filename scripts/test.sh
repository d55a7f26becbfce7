#!/usr/bin/env bash
# Runs the named stages, shows what they print, and closes with a line for each of them, what failed, and one line summed
# over all: "N passed, N failed".
# Stages: lint architecture unit release contract browser address thread paths slow-reader dist
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export PATH="$PATH:/usr/sbin:/sbin"

stages=" $* "
passed=0
failed=0
broken=()
log=$(mktemp)
events=$(mktemp)
browser_log=$(mktemp)
# What was begun ahead, to be waited for by the stage that needs it.
building=
browsing=
trap 'rm -f "$log" "$events" "$browser_log"' EXIT

heading() {
    printf '\n== %s\n' "$*"
}

# Runs a command that passes or fails as a whole.
run_check() {
    heading "$@"
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        broken+=("$*")
    fi
}

# Adds up the event stream of a `swift test`; false if no test ran.
count_swift() {
    local good bad
    read -r good bad < <(scripts/swift_results.py "$events")
    passed=$((passed + ${good:-0}))
    failed=$((failed + ${bad:-0}))
    ((${good:-0} + ${bad:-0} > 0))
}

# Builds for the stage `release` beside that of unit tests: much of the time either has work for one core only.
build_ahead() {
    [[ $stages == *" release "* ]] || return 0
    # Both would write the versions of the packages down.
    swift package resolve >/dev/null 2>&1
    swift build -c release --build-tests --disable-xctest >/dev/null 2>&1 &
    building=$!
}

# Runs `swift test`. One that ends badly without a failed test (it did not build, it crashed, it ran nothing) counts as
# one failure, so that the sum never hides it.
run_swift() {
    heading swift test "$@"
    local before=$failed status=0
    : >"$events"
    swift test --disable-xctest --event-stream-output-path "$events" "$@" 2>&1 || status=$?
    count_swift || { echo "no test ran"; status=1; }
    if ((status != 0)); then
        broken+=("swift test $*")
        ((failed > before)) || failed=$((failed + 1))
    fi
}

# The page, in a headless browser, by pytest in an environment of its own under .build. In a network of its own, so that it can run
# beside tests that count segments.
browse() {
    # shellcheck disable=SC2016 # The inner shell expands it.
    unshare --net bash -c 'ip link set lo up && exec "$@"' - \
        .build/browser-environment/bin/python -m pytest Tests/Browser -q -p no:cacheprovider 2>&1
}

# A browser waits much of its time: where a stage comes before it, it begins beside that.
browse_ahead() {
    [[ $stages == *" browser "* ]] || return 0
    scripts/browser-python.sh || return 0 # It is tried again when its turn comes, and told then.
    browse >"$browser_log" &
    browsing=$!
}

run_browser() {
    heading pytest Tests/Browser
    local status=0
    if [[ $browsing ]]; then
        wait "$browsing" || status=$?
        cat "$browser_log"
    elif scripts/browser-python.sh; then
        browse | tee "$browser_log"
        status=${PIPESTATUS[0]}
    else
        failed=$((failed + 1))
        broken+=("the browser tests' environment")
        return
    fi
    count_pytest "$browser_log" "$status"
}

# The running service before tools that others wrote, by pytest in an environment of its own under .build: all tests, or
# the file that is named.
run_contract() {
    local tests=Tests/Contract selection=${1:-Tests/Contract}
    heading pytest "$selection"
    local environment=.build/contract-environment status=0
    if ! { scripts/install-deps.sh contract &&
        swift build -c release --product rawtcpweb &&
        python3 -m venv "$environment" &&
        "$environment/bin/pip" install -q --disable-pip-version-check -r "$tests/requirements.txt"; }; then
        failed=$((failed + 1))
        broken+=("the contract tests' environment")
        return
    fi
    browse_ahead
    "$environment/bin/python" -m pytest "$selection" -q -p no:cacheprovider -p no:randomly 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    count_pytest "$log" "$status"
}

# Adds up pytest's closing line, "3 failed, 10 passed, 1 error in 2.50s": count_pytest LOG STATUS.
count_pytest() {
    local closing good bad
    closing=$(grep -E ' in [0-9.]+s' "$1" | tail -1)
    good=$(grep -oE '[0-9]+ passed' <<<"$closing" | cut -d' ' -f1)
    bad=$(grep -oE '[0-9]+ (failed|errors?)' <<<"$closing" | awk '{ sum += $1 } END { print sum + 0 }')
    passed=$((passed + ${good:-0}))
    failed=$((failed + bad))
    if (($2 != 0)); then
        broken+=("pytest")
        ((bad > 0)) || failed=$((failed + 1))
    fi
}

run_stage() {
    case "$1" in
    lint)
        run_check swift format lint --strict --recursive Package.swift Sources Tests Benchmarks
        if command -v shellcheck >/dev/null; then
            run_check shellcheck scripts/*.sh .ci/run
        fi
        ;;
    architecture) run_swift --scratch-path .build/unit --filter '^EngineTests\.ArchitectureTests' ;;
    unit)
        build_ahead
        run_swift --scratch-path .build/unit --filter '^(EngineTests|ScriptTests|RawTCPWebTests)\.'
        run_check scripts/requirements.py "$events"
        ;;
    release)
        [[ ! $building ]] || wait "$building" || true # Why it failed is told when it is tried again.
        # Nothing imports @testable, so the tests meet the very build that is shipped.
        run_swift -c release --disable-testable-imports --filter '^(SimulationTests\.|RawTCPWebTests\.LabFuzzTests)'
        run_swift -c release --disable-testable-imports --filter '^EndToEndTests\.'
        ;;
    browser) run_browser ;;
    contract) run_contract ;;
    paths) KERNEL_PATHS=${KERNEL_PATHS:-all} run_swift -c release --disable-testable-imports --filter '^EndToEndTests\.EndToEnd/KernelPath' ;;
    dist) run_check scripts/dist.sh ;;
    slow-reader) run_contract Tests/Contract/check_slow_reader.py ;;
    address | thread)
        export TSAN_OPTIONS="suppressions=$PWD/scripts/thread-sanitizer.suppressions"
        export LSAN_OPTIONS="suppressions=$PWD/scripts/leak-sanitizer.suppressions"
        # Apart, since a simulation is nothing but computing: beside it, tests that wait for other threads would wait in vain.
        for suites in 'EngineTests|ScriptTests|RawTCPWebTests' SimulationTests; do
            run_swift --sanitize "$1" --scratch-path ".build/sanitize-$1" --filter "^($suites)\\."
        done
        ;;
    *)
        echo "test.sh: no stage '$1'" >&2
        exit 2
        ;;
    esac
}

told=()
for stage in "$@"; do
    before_passed=$passed before_failed=$failed begun=$SECONDS
    run_stage "$stage"
    told+=("$stage: $((passed - before_passed)) passed, $((failed - before_failed)) failed, in $((SECONDS - begun)) s")
done

echo
printf '%s\n' "${told[@]}"
for what in ${broken[@]+"${broken[@]}"}; do
    echo "failed: $what"
done
echo "$passed passed, $failed failed"
((failed == 0))
