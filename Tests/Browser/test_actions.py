"""Every action's line of shell: it is there, it says what the button does, and it does it."""

import subprocess
import urllib.request

import pytest

SCRIPT = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"


def run_line(line, folder, *more):
    """What a shell makes of a line."""
    return subprocess.run(["sh", "-c", f"{line} -s {' '.join(more)}"], cwd=folder, capture_output=True)


def script_of(page):
    """The stored script, as a shell gets it."""
    with urllib.request.urlopen(f"{page.service}/v1/scenarios/test-script") as answer:
        return answer.read().decode()


def test_each_of_a_connections_actions_has_its_line(page, echo):
    connection = page.connect(echo)
    path = f"{page.service}/v1/connections/{connection}"
    page.type("#payload", "it's")
    assert page.line("#connect") == f"curl --json '{{\"remote\":\"{echo}\"}}' {page.service}/v1/connections"
    assert page.line("#stream", "#send-form .primary") == "curl --json '{\"text\":\"it'\\''s\"}' " + f"{path}/send"
    assert page.line("#stream", ".choose-file").endswith(f"--data-binary @FILE {path}/send")
    assert page.line("#stream", ".close") == f"curl -X POST {path}/close"
    assert page.line("#stream", ".abort") == f"curl -X DELETE {path}"
    page.click(".settings summary")
    page.click("#stream .settings [name=new-nagle]")
    page.expect(lambda: page.line(".settings"), f"curl --json '{{\"nagle\":true}}' -X PATCH {path}")
    page.click(".settings [type=submit]")
    page.wait(lambda: page.get(f"/v1/connections/{connection}")["options"]["nagle"] is True, "it is changed")


def test_the_upload_line_sends_the_same_file(page, echo, tmp_path):
    (tmp_path / "octets").write_bytes(bytes(range(256)) * 40)
    connection = page.connect(echo)
    page.one("#file").send_keys(str(tmp_path / "octets"))

    def arrived():
        # Not bytesSent: a probe, when the peer is slow to answer, counts there a second time.
        return page.get(f"/v1/connections/{connection}")["counters"]["bytesAcked"]

    page.wait(lambda: arrived() == 10_240, "the page has sent it")
    run_line(page.line("#stream", ".choose-file"), tmp_path)
    page.wait(lambda: arrived() == 20_480, "the shell has sent it, too")


def test_the_ladders_texts_are_what_their_lines_print(page, echo, tmp_path):
    connection = page.connect(echo)
    page.browser.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    page.click("#tab-ladder")
    # It must not lengthen between the file and the line.
    page.wait(lambda: page.get(f"/v1/connections/{connection}")["counters"]["segmentsSent"] == 2, "the handshake is over")
    for kind, ending, start in [("mermaid", "mmd", b"sequenceDiagram"), ("pcapng", "pcapng", b"\x0a\x0d\x0d\x0a"), ("packetdrill", "pkt", b"")]:
        page.click(f"[data-ladder={kind}]")
        file = tmp_path / f"{connection}.{ending}"
        page.wait(file.exists, f"{file.name} is saved")
        line = page.line("#ladder", f"[data-ladder={kind}]")
        assert file.read_bytes() and file.read_bytes() == run_line(line, tmp_path).stdout
        assert file.read_bytes().startswith(start)


def test_each_of_the_labs_actions_has_its_line(page):
    page.call("POST", "/v1/impairments", {"name": "test-hold", "type": "hold", "attributes": {"match": "data"}})
    page.call("PUT", "/v1/options/test-option", {"kind": 254, "attach": "never"})
    page.open("#view=lab&lab=impairments")
    page.wait(lambda: page.all("[data-name=test-hold]"), "the impairment is listed")
    card = "[data-name=test-hold]"
    impairment = f"{page.service}/v1/impairments"
    assert page.line("#lab .lab-form").endswith(impairment)
    assert page.line(card, "header button") == f"curl -X DELETE {impairment}/test-hold"
    assert page.line(card, ".held-place > button") == f"curl --json '{{\"segment\":null}}' {impairment}/test-hold/release"
    page.choose(f"{card} [name=toxicity]", "50")
    assert page.line(card) == f"curl --json '{{\"toxicity\":0.5}}' -X PATCH {impairment}/test-hold"
    page.go(lab="options")
    page.wait(lambda: page.all("[data-name=test-option]"), "the option is listed")
    assert "-X PUT" in page.line(".lab-part:not([hidden]) .lab-form")
    assert page.line("[data-name=test-option]") == f"curl -X DELETE {page.service}/v1/options/test-option"
    page.go(lab="doctor")
    page.expect(lambda: page.line(".lab-part:not([hidden])"), f"curl {page.service}/v1/doctor")
    page.call("DELETE", "/v1/impairments/test-hold")
    page.call("DELETE", "/v1/options/test-option")


def test_a_script_is_stored_opened_run_and_removed(page, tmp_path):
    page.open("#view=lab&lab=scenarios")
    page.choose("#lab .scenarios-form [name=name]", "test-script")
    line = page.line(".scenarios-form", ".buttons :nth-child(2)")
    page.click(".scenarios-form .buttons button", "Store")
    card = "[data-name=test-script]"
    page.wait(lambda: page.all(card), "it is listed")
    stored = script_of(page)
    page.choose("#lab [name=script]", SCRIPT)
    page.click(f"{card} button", "Open")
    page.wait(lambda: page.one("#lab [name=script]").get_attribute("value") == stored, "it is opened")
    page.click(f"{card} button", "Run")
    page.wait(lambda: "pass" in "".join(page.texts("#lab .verdict .passed")), "it passes")
    lines = [page.line(card, f".buttons :nth-child({place})") for place in (1, 2, 3)]
    path = f"{page.service}/v1/scenarios/test-script"
    assert lines == [f"curl -X POST '{path}/runs?clock=virtual'", f"curl {path}", f"curl -X DELETE {path}"]
    page.click(f"{card} button", "Remove")
    page.wait(lambda: page.all(card) == [], "it is gone")
    run_line(line, tmp_path)
    assert script_of(page) == stored
    page.call("DELETE", "/v1/scenarios/test-script")


@pytest.mark.parametrize("place", ["view=segments", "view=graphs", "view=lab&lab=craft"])
def test_a_line_is_copied_by_its_button(page, echo, place):
    connection = page.connect(echo)
    page.browser.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    page.open(f"#{place}&connection={connection}")
    scope = "#" + place.split("&")[0].removeprefix("view=")
    page.wait(lambda: page.line(scope), "there is a line")
    # The button says it for a moment only: whoever looks now and then may miss it.
    page.run(
        """
        window.said = [];
        for (const button of document.querySelectorAll(`${arguments[0]} .copy`))
            new MutationObserver(() => said.push(button.textContent)).observe(button, { childList: true, characterData: true, subtree: true });
        """,
        scope,
    )
    page.click(f"{scope} .copy")
    page.wait(lambda: "Copied" in page.run("return said"), "it is copied")
    read = "navigator.clipboard.readText().then(arguments[0], (error) => arguments[0](String(error)))"
    page.wait(lambda: page.browser.execute_async_script(read) == page.line(scope), "the clipboard has the line")
