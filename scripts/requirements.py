#!/usr/bin/env python3
"""Holds docs/rfc9293.md against a run of `swift test`: each test that it names has run and passed.

Usage: requirements.py EVENTS    the run's event stream, see swift_results.py
"""

import pathlib
import re
import sys

from swift_results import ended_tests, name_of

ROOT = pathlib.Path(__file__).resolve().parent.parent


def named_tests():
    """The pairs (suite, function) that the table names."""
    table = (ROOT / "docs/rfc9293.md").read_text()
    return sorted(set(re.findall(r"^\| [A-Z]+-\d+ \|.*`(\w+)\.(\w+)` \|$", table, re.MULTILINE)))


def main(events):
    passed = {name_of(identifier) for identifier, has_passed in ended_tests(events).items() if has_passed}
    tests = named_tests()
    missing = [test for test in tests if test not in passed]
    for suite, function in missing:
        print(f"docs/rfc9293.md names {suite}.{function}, which has not run and passed")
    print(f"{len(tests) - len(missing)} of {len(tests)} tests that docs/rfc9293.md names have run and passed")
    return 1 if missing or not tests else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
