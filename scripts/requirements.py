#!/usr/bin/env python3
"""Holds docs/rfc9293.md against the log of `swift test`: each test that it names has run and passed.

Usage: requirements.py LOG
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def named_tests():
    """The pairs (suite, function) that the table names."""
    table = (ROOT / "docs/rfc9293.md").read_text()
    return sorted(set(re.findall(r"^\| [A-Z]+-\d+ \|.*`(\w+)\.(\w+)` \|$", table, re.MULTILINE)))


def printed_name(suite, function):
    """A test's name as the log has it: its display name if it has one, else its function's."""
    source = next((ROOT / "Tests/EngineTests").rglob(f"{suite}.swift")).read_text()
    head = source.partition(f"func {function}(")[0].rpartition("@Test")[2]
    display = re.match(r'\(\s*"((?:[^"\\]|\\.)*)"', head)
    return re.escape(f'"{display[1]}"') if display else rf"{function}\([\w:]*\)"


def main(log):
    passed = [line for line in pathlib.Path(log).read_text().splitlines() if " passed after " in line]
    text = "\n".join(passed)
    tests = named_tests()
    missing = [
        f"{suite}.{function}"
        for suite, function in tests
        if not re.search(rf"Test {printed_name(suite, function)}(?: with \d+ test cases?)? passed after ", text)
    ]
    for name in missing:
        print(f"docs/rfc9293.md names {name}, which has not run and passed")
    print(f"{len(tests) - len(missing)} of {len(tests)} tests that docs/rfc9293.md names have run and passed")
    return 1 if missing or not tests else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
