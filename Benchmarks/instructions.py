#!/usr/bin/env python3
"""How many instructions the engine's thread executes for a handshake, function by function.

Ratios to the kernel drift with the machine; instructions do not. Two runs under callgrind differ in nothing but the number of
timed handshakes, and so does what is printed: their difference, a handshake. Needs root, valgrind and binutils.

    Benchmarks/instructions.py .build/static/release/rawtcpweb-bench [--at-once 64] [--lines 40]
"""

import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

# A quick run makes so many timed handshakes (HandshakeBenchmark); the longer one has them five times.
HANDSHAKES = 2048
LONGER = 5
# Only the engine's own thread calls this.
MARK = "TCPStackV4emit"
EVENTS = ["Ir", "Bcm", "Bim"]


def run(program, title, times, folder):
    """The profile of the engine's thread after a run with `times` as many handshakes."""
    profile = f"{folder}/{times}"
    command = ["valgrind", "--tool=callgrind", "--branch-sim=yes", "--separate-threads=yes"]
    command += [f"--callgrind-out-file={profile}", program]
    command += ["handshake", "--quick", "--times", str(times), "--only", title]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    for path in glob.glob(f"{profile}-*"):
        with open(path) as file:
            if MARK in file.read():
                return path
    sys.exit("no thread of the run was the engine's")


def costs(profile):
    """What each function has cost by itself: instructions, and branches that a simple predictor would have missed."""
    command = ["callgrind_annotate", "--threshold=100", "--show=" + ",".join(EVENTS), profile]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {}
    for line in text.splitlines():
        line = re.sub(r"\s*\(\s*[\d.]+%\)", "", line)
        match = re.match(r"\s*([\d,.]+)\s+([\d,.]+)\s+([\d,.]+)\s+\S*?:(.+?)(?: \[.*)?$", line)
        if match:
            numbers = [int(text.replace(",", "")) if text != "." else 0 for text in match.groups()[:3]]
            before = found.get(match[4], [0, 0, 0])
            found[match[4]] = [a + b for a, b in zip(before, numbers)]
    return found


def demangled(names):
    """Swift's names as people write them."""
    command = ["swift", "demangle", "--compact", "--simplified"]
    done = subprocess.run(command, input="\n".join(names), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("program", help="the benchmark, in release")
    parser.add_argument("--at-once", type=int, choices=[1, 64], default=1, help="handshakes at once")
    parser.add_argument("--lines", type=int, default=40, help="functions to print")
    options = parser.parse_args()
    title = f"{options.at_once} at once, task on the loop"
    with tempfile.TemporaryDirectory() as folder:
        # Valgrind chokes on what Swift says for debuggers.
        stripped = os.path.join(folder, "bench")
        subprocess.run(["objcopy", "--strip-debug", options.program, stripped], check=True)
        few, many = (costs(run(stripped, title, times, folder)) for times in (1, LONGER))
    span = HANDSHAKES * (LONGER - 1)
    nothing = [0, 0, 0]
    rows = [([(a - b) / span for a, b in zip(many[name], few.get(name, nothing))], name) for name in many]
    rows.sort(reverse=True)
    total = [sum(row[0][column] for row in rows) for column in range(3)]
    print(f"{title}: {total[0]:.0f} instructions a handshake, {total[1] + total[2]:.0f} branches missed")
    rows = rows[: options.lines]
    for (numbers, _), name in zip(rows, demangled([name for _, name in rows])):
        print(f"{numbers[0]:8.0f} {numbers[1] + numbers[2]:6.1f}  {name}")


if __name__ == "__main__":
    main()
