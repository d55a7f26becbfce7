"""The lab's resources: listeners, packs, comparisons, observations and captures, each by its form and its curl line."""

import json
import secrets
import shlex
import socket
import subprocess

import pytest
from conftest import BINARY, ROOT, Page, Program
from test_forms import asked, members, names_in, refused


def lab(page, part, **more):
    page.go(view="lab", lab=part, **more)
    page.wait(lambda: page.shown(f"#lab .{part}-form"), f"{part} is shown")


def test_the_listening_form_reaches_every_member_of_the_contract(page):
    lab(page, "listeners")
    page.click("#lab .listeners-form summary")
    page.click("#lab .listeners-form .groups button", "Add an option")
    known = names_in(page, "#lab .listeners-form")
    wanted = members("ListenerRequest", page.get("/openapi.json"))
    assert {name for name in wanted if name not in known and f"{name}.0.kind" not in known} == set()


def test_a_listener_is_opened_called_and_stopped(page):
    lab(page, "listeners")
    page.choose("#lab .listeners-form [name=service]", "echo")
    page.choose("#lab .listeners-form [name=mss]", "1000")
    body = asked(page.line("#lab .listeners-form"))
    assert body == {"service": "echo", "mss": 1000}
    page.click("#lab .listeners-form [type=submit]")
    card = "#lab .lab-part:not([hidden]) .card"
    page.wait(lambda: page.shown(card), "it is listed")
    listener = page.get("/v1/listeners")["listeners"][0]
    assert listener["service"] == "echo" and listener["options"]["mss"] == 1000
    assert page.text(f"{card} li") == "Nobody has called yet."
    with socket.create_connection(("127.0.0.1", listener["local"]["port"])) as caller:
        caller.sendall(b"hello listener")
        assert caller.recv(64) == b"hello listener"
        accepted = page.get(f"/v1/listeners/{listener['id']}/accepted?wait=60s")["connections"][0]["id"]
        page.expect(lambda: page.texts(f"{card} .segment-link"), [accepted])
        assert page.line(card, ".held") == f"curl {page.service}/v1/listeners/{listener['id']}/accepted"
        assert page.line(card, "header button") == f"curl -X DELETE {page.service}/v1/listeners/{listener['id']}"
        page.click(f"{card} .segment-link")
        page.expect(lambda: page.connection, accepted)
        # What came, the service has taken; what it answered is in the log.
        page.expect(lambda: page.texts(".piece.outbound pre"), ["hello listener"])
    page.click(f"{card} header button", "Stop")
    page.expect(lambda: page.all(card), [])
    assert page.call("GET", f"/v1/listeners/{listener['id']}")[0] == 404


def test_a_listeners_settings_reach_every_member_that_may_change(page):
    _, listener = page.call("POST", "/v1/listeners", {"service": "hold"})
    lab(page, "listeners")
    card = f"#lab [data-name={listener['id']}]"
    page.click(f"{card} .settings summary")
    page.click(f"{card} .settings .groups button", "Add an option")
    known = names_in(page, f"{card} .settings")
    wanted = members("ListenerChange", page.get("/openapi.json"))
    assert {name for name in wanted if name not in known and f"{name}.0.kind" not in known} == set()
    page.click(f"{card} .settings .option-field button")
    page.choose(f"{card} .settings [name=backlog]", "0")
    page.click(f"{card} .settings [type=submit]")
    assert refused(page, f"{card} .settings") == "backlog"
    page.choose(f"{card} .settings [name=backlog]", "7")
    path = f"{page.service}/v1/listeners/{listener['id']}"
    assert page.line(f"{card} .settings") == f"curl --json '{{\"backlog\":7}}' -X PATCH {path}"
    page.click(f"{card} .settings [type=submit]")
    page.wait(lambda: "backlog 7" in page.text(card), "it is listed with its new backlog")
    page.call("DELETE", f"/v1/listeners/{listener['id']}")


def test_a_listener_that_cannot_be_is_refused_beside_its_field(page):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        lab(page, "listeners")
        page.choose("#lab .listeners-form [name=local]", "127.0.0.1:%d" % taken.getsockname()[1])
        page.click("#lab .listeners-form [type=submit]")
        assert refused(page, "#lab .listeners-form") == "local"
    page.choose("#lab .listeners-form [name=local]", "")
    page.choose("#lab .listeners-form [name=backlog]", "many")
    page.click("#lab .listeners-form [type=submit]")
    page.expect(lambda: refused(page, "#lab .listeners-form"), "backlog")


def test_a_peer_is_judged_by_a_pack_and_each_verdict_leads_to_its_segment(page, echo):
    lab(page, "packs")
    page.choose("#lab .packs-form select", "options")
    page.choose("#lab .packs-form [name=remote]", echo)
    requirements = next(pack for pack in page.get("/v1/packs")["packs"] if pack["name"] == "options")["requirements"]
    line = page.line("#lab .packs-form")
    assert line == f"curl --json '{{\"remote\":\"{echo}\"}}' {page.service}/v1/packs/options/runs"
    page.click("#lab .packs-form [type=submit]")
    page.expect(lambda: page.texts("#lab .lab-table tbody th"), requirements)
    # The peer is this machine's own kernel: what it does is its own affair, that it is told is ours.
    verdicts = page.texts("#lab .lab-table td:nth-of-type(1)")
    told = page.text("#lab .lab-part:not([hidden]) .verdict")
    assert all(f"{verdicts.count(word)} {word}" in told for word in ("pass", "fail", "inconclusive"))
    segment = int(page.texts("#lab .lab-table .segment-link")[0].removeprefix("#"))
    page.click("#lab .lab-table .segment-link")
    page.expect(lambda: page.inspected, segment)
    page.choose("#lab .packs-form [name=remote]", "192.0.2.1:80")
    page.click("#lab .packs-form [type=submit]")
    assert refused(page, "#lab .packs-form") == "remote"


def test_two_connections_are_compared_and_what_differs_stands_first(page, echo):
    ours = page.connect(echo)
    _, kernel = page.call("POST", "/v1/connections", {"remote": echo, "engine": "kernel"})
    lab(page, "compare")
    page.choose("#lab .compare-form [name='?a']", ours)
    page.choose("#lab .compare-form [name='?b']", kernel["id"])
    line = page.line("#lab .compare-form")
    assert line == f"curl '{page.service}/v1/compare?a={ours}&b={kernel['id']}'"
    page.click("#lab .compare-form [type=submit]")
    page.wait(lambda: page.shown("#lab .lab-table"), "they are compared")
    wanted = json.loads(subprocess.run([*shlex.split(line), "-s"], capture_output=True).stdout)
    differing = {difference["aspect"] for difference in wanted["differences"]}
    traits = page.texts("#lab .lab-table tbody th")
    assert set(traits[: len(differing)]) == differing and set(traits) == set(wanted["a"]["traits"])
    assert set(page.texts("#lab .lab-table .differs th")) == differing
    page.call("DELETE", f"/v1/connections/{kernel['id']}")


@pytest.fixture
def observing(page, tmp_path):
    """A page of a service that may watch other programs' connections, and wants a token for it."""
    token = secrets.token_urlsafe(24)
    (tmp_path / "token").write_text(token + "\n")
    (tmp_path / "token").chmod(0o600)
    words = [BINARY, "serve", "--public", str(ROOT / "Public"), "--listen", "127.0.0.1:0"]
    program = Program(*words, "--observe", "--token-file", str(tmp_path / "token"), pattern=r"http://[\w.:]+")
    page.service = program.match.group(0)
    page.browser.get(f"{page.service}/")
    page.wait(lambda: page.shown("dialog.login"), "the page asks for the token")
    page.type("#token", token)
    page.click("dialog.login [type=submit]")
    page.wait(lambda: page.one("#status").get_attribute("data-state") == "live", "the page goes live")
    yield page
    page.browser.get("about:blank")
    page.browser.delete_all_cookies()
    page.browser.get_log("browser")
    program.stop()


def test_another_programs_connection_is_observed_and_let_go(observing, echo):
    page = observing
    host, port = echo.split(":")
    with socket.create_connection((host, int(port))) as caller:
        local = "127.0.0.1:%d" % caller.getsockname()[1]
        lab(page, "observations")
        page.choose("#lab .observations-form [name=local]", local)
        page.choose("#lab .observations-form [name=remote]", echo)
        assert asked(page.line("#lab .observations-form")) == {"local": local, "remote": echo}
        page.click("#lab .observations-form [type=submit]")
        card = "#lab [data-name=o1]"
        page.wait(lambda: f"{local} → {echo}" in page.text(card), "it is listed")
        caller.sendall(b"overheard")
        page.wait(lambda: "no segment" not in page.text(card) and "0 segments" not in page.text(card), "it was seen")
        page.click(f"{card} .settings summary")
        page.choose(f"{card} .settings [name=name]", "neighbour")
        page.click(f"{card} .settings [type=submit]")
        page.expect(lambda: page.text(f"{card} h4"), "neighbour")
        page.go(lab="craft")
        page.choose("#lab .craft [name=connection]", "o1")
        assert asked(page.line("#lab .craft"))["connection"] == "o1"
        # Nobody answers an ACK of what has been acknowledged.
        page.choose("#lab .craft [name='?wait']", "")
        page.click("#lab .craft [type=submit]")
        page.wait(lambda: page.texts("#lab .craft-result .segment-link"), "a segment goes out in its name")
        lab(page, "observations")
    page.wait(lambda: page.line(card, "header button").startswith("curl -X DELETE"), "removing it has its line")
    page.click(f"{card} header button", "Remove")
    page.expect(lambda: page.all(card), [])


def test_where_observing_is_not_allowed_the_form_says_what_to_do(page):
    lab(page, "observations")
    page.choose("#lab .observations-form [name=local]", "127.0.0.1:1")
    page.choose("#lab .observations-form [name=remote]", "127.0.0.1:2")
    page.click("#lab .observations-form [type=submit]")
    page.wait(lambda: "serve --observe" in page.text("#lab .observations-form .problem"), "the refusal is told")


def test_captures_are_listed_and_saved(page, echo, tmp_path):
    folder, saved = tmp_path / "captures", tmp_path / "saved"
    folder.mkdir()
    saved.mkdir()
    words = [BINARY, "serve", "--public", str(ROOT / "Public"), "--listen", "127.0.0.1:0", "--capture-dir", str(folder)]
    program = Program(*words, pattern=r"http://[\w.:]+")
    capturing = Page(page.browser, program.match.group(0))
    capturing.open()
    page.browser.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(saved)})
    capturing.connect(echo)
    capturing.wait(lambda: capturing.get("/v1/captures")["captures"], "there is a file")
    capturing.go(view="lab", lab="captures")
    card = "#lab .lab-part:not([hidden]) .card"
    capturing.wait(lambda: capturing.shown(card), "a file is listed")
    file = capturing.get("/v1/captures")["captures"][0]["file"]
    line = capturing.line(card, "a")
    assert line == f"curl -O {capturing.service}/v1/captures/{file}"
    capturing.click(f"{card} a")
    capturing.wait((saved / file).exists, "it is saved")
    assert (saved / file).read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"
    subprocess.run([*shlex.split(line), "-s"], cwd=tmp_path, check=True)
    assert (tmp_path / file).read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"
    page.browser.get("about:blank")
    program.stop()


def test_without_captures_the_page_says_how_to_begin(page):
    page.go(view="lab", lab="captures")
    page.wait(lambda: "--capture-dir" in page.text("#lab .lab-part:not([hidden]) .empty"), "the flag is named")
