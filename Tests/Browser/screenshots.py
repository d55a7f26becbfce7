"""Takes a picture of every view, light and dark, narrow, usual and wide: screenshots.py FOLDER [--readme FILE]."""

import argparse
import time
from pathlib import Path

from conftest import BINARY, ROOT, Page, Program, launch_browser

SIZES = {"narrow": (360, 740), "usual": (1440, 900), "wide": (3840, 2160)}
TABS = ["segments", "ladder", "state", "graphs", "lab"]
PARTS = ["craft", "listeners", "impairments", "options", "scenarios", "packs", "compare", "observations", "captures", "doctor"]


def converse(page, echo):
    """Something to look at: a connection that loses and repeats, and is closed in the end. Answers its id, and a repeat."""
    page.call("POST", "/v1/impairments", {"name": "lossy", "type": "drop", "stream": "upstream",
                                          "attributes": {"nth": 9, "match": "data"}})
    page.call("POST", "/v1/impairments", {"name": "far-away", "type": "delay", "stream": "downstream",
                                          "attributes": {"latency": "20ms", "jitter": "6ms"}})
    _, connection = page.call("POST", "/v1/connections", {"remote": echo, "mss": 1460, "name": "demo"})
    send = f"/v1/connections/{connection['id']}/send"
    page.call("POST", send, {"text": "hello raw"})
    page.call("POST", send, {"text": "GET / HTTP/1.1\r\nHost: example\r\n\r\n" + "x" * 40_000})
    page.call("POST", f"/v1/connections/{connection['id']}/close")
    page.call("POST", "/v1/connections", {"remote": echo, "name": "idle"})
    page.call("PUT", "/v1/options/delay", {"kind": 253, "exid": "0xBEEF", "attach": "data", "fields": [{"name": "delayMs", "type": "u16", "value": 40}]})
    records = page.get(f"/v1/segments?connection={connection['id']}&limit=1000")["segments"]
    repeats = [record["number"] for record in records if record["retransmits"]]
    return connection["id"], (repeats or [4])[0]


def settle(page):
    """Waits for two frames, and for graphs, which are drawn now and then."""
    page.browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    time.sleep(0.7)


def shoot(page, folder, connection, segment):
    for size, (width, height) in SIZES.items():
        for scheme in ["light", "dark"]:
            page.look(width, height, scheme)
            page.open(width=width, height=height, scheme=scheme)
            settle(page)
            page.browser.save_screenshot(str(folder / f"{size}-{scheme}-first.png"))
            views = TABS + (["connect", "stream", "inspector"] if size == "narrow" else [])
            for view in views:
                for part in PARTS if view == "lab" else [None]:
                    place = f"#view={view}&connection={connection}&segment={segment}" + (f"&lab={part}" if part else "")
                    page.run("location.hash = arguments[0]", place)
                    settle(page)
                    page.browser.save_screenshot(str(folder / f"{size}-{scheme}-{part or view}.png"))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--readme", type=Path)
    chosen = arguments.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    words = [BINARY, "serve", "--listen", "127.0.0.1:0", "--public", str(ROOT / "Public")]
    service = Program(*words, pattern=r"http://[\w.:\[\]-]+")
    echo = Program(BINARY, "echo", "0", pattern=r"(?::|port )(\d+)")
    browser = launch_browser()
    try:
        page = Page(browser, service.match.group(0))
        page.open()
        connection, segment = converse(page, f"127.0.0.1:{echo.match.group(1)}")
        if chosen.readme:
            page.run("location.hash = arguments[0]", f"#view=ladder&connection={connection}&segment={segment}")
            settle(page)
            browser.save_screenshot(str(chosen.readme))
        shoot(page, chosen.folder, connection, segment)
    finally:
        browser.quit()
        service.stop()
        echo.stop()


if __name__ == "__main__":
    main()
