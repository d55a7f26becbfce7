#!/usr/bin/env python3
"""What a run of `swift test` came to, by the event stream that it writes (`--event-stream-output-path`): a record of JSON a
line. What it prints is for people: tests run in parallel, and so may their lines.

Usage: swift_results.py EVENTS    prints how many tests passed and how many failed
"""

import json
import re
import sys


def ended_tests(path):
    """Whether each test that came to its end passed, by its identifier."""
    functions, ended = set(), {}
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            # A run that crashed may have left half a line.
            if not line.endswith("\n"):
                break
            record = json.loads(line)
            kind, payload = record["kind"], record["payload"]
            if kind == "test" and payload["kind"] == "function":
                functions.add(payload["id"])
            elif kind == "event" and payload["kind"] == "testEnded" and payload["testID"] in functions:
                ended[payload["testID"]] = payload["messages"][0]["symbol"] == "pass"
    return ended


def name_of(identifier):
    """The suite and the function of "Module.Suite/function(_:)/File.swift:7:6"; a suite within another is named by itself."""
    path, function = re.match(r"(.*)/(\w+)\(.*\)/[^/]*$", identifier).groups()
    return re.split(r"[./]", path)[-1], function


if __name__ == "__main__":
    outcomes = list(ended_tests(sys.argv[1]).values())
    print(sum(outcomes), len(outcomes) - sum(outcomes))
