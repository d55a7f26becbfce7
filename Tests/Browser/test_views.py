"""The views of the workspace: ladder, states, replay, graphs, lab, and what holds for all of them."""

import socket
import struct
import xml.etree.ElementTree as xml

import pytest
from conftest import BINARY, ROOT, Program
from selenium.webdriver import ActionChains, Keys

TABS = ["segments", "ladder", "state", "graphs", "lab"]


def show(page, tab):
    page.click(f"#tab-{tab}")
    page.wait(lambda: page.one(f"#{tab}").is_displayed(), f"{tab} is shown")


def closed_connection(page, echo):
    """A connection that has said "hello raw", heard it, and closed; answers its records as the service has them."""
    connection = page.connect(echo)
    page.send("hello raw")
    page.wait(lambda: page.received == "hello raw", "the echo is shown")
    page.click("#stream .close")
    page.wait(lambda: page.state == "TIME-WAIT", "both sides have closed")
    return page.get(f"/v1/segments?connection={connection}")["segments"]


def drawn(page):
    """The numbers of the ladder's arrows in sight."""
    return page.run("return [...document.querySelectorAll('#ladder [data-number]')].map((arrow) => +arrow.dataset.number)")


def test_the_ladder_has_an_arrow_for_each_segment(page, echo):
    numbers = [record["number"] for record in closed_connection(page, echo)]
    show(page, "ladder")
    page.wait(lambda: set(drawn(page)) <= set(numbers) and numbers[-1] in drawn(page), "the newest are drawn")
    page.run("document.querySelector('.ladder-scroller').scrollTop = 0")
    page.wait(lambda: numbers[0] in drawn(page), "the first ones are drawn")


def test_pointing_at_an_arrow_lights_what_it_has_to_do_with(page, echo):
    records = closed_connection(page, echo)
    answer = next(record for record in records if record["direction"] == "in" and record["answers"])
    show(page, "ladder")
    page.go(segment=answer["number"])
    lit = "return [...document.querySelectorAll('#ladder .cause')].map((arrow) => +arrow.dataset.number)"
    page.wait(lambda: set(page.run(lit)) >= set(answer["answers"]), "what it answers is lit")
    page.wait(lambda: f"acknowledges #{answer['answers'][0]}" in page.text(".ladder-told"), "it is told")


def test_a_click_on_an_arrow_shows_the_segment(page, echo):
    records = closed_connection(page, echo)
    show(page, "ladder")
    last = records[-1]["number"]
    page.wait(lambda: last in drawn(page), "the last one is drawn")
    page.run(
        """
        const arrow = document.querySelector(`#ladder [data-number='${arguments[0]}'] .hit`);
        for (const type of ["pointerdown", "click"]) arrow.dispatchEvent(new PointerEvent(type, { bubbles: true }));
        """,
        last,
    )
    page.wait(lambda: page.inspected == last, "it is shown")


def test_the_ladder_by_time_cuts_silences(page, echo):
    page.connect(echo)
    show(page, "ladder")
    page.click("#ladder [value=time] + span")
    page.send("later")
    page.wait(lambda: any("of silence" in text for text in page.texts("#ladder text")), "the silence is marked")


def test_the_ladder_is_saved_as_svg_and_png(page, echo, tmp_path):
    records = closed_connection(page, echo)
    page.browser.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    show(page, "ladder")
    page.wait(lambda: records[-1]["number"] in drawn(page), "the last one is drawn")
    page.click("[data-ladder=svg]")
    page.click("[data-ladder=png]")
    svg, png = [tmp_path / f"{page.connection}.{kind}" for kind in ("svg", "png")]
    page.wait(lambda: svg.exists() and png.exists(), "both files are there")
    arrows = [group for group in xml.parse(svg).iter() if group.get("data-number")]
    assert [int(arrow.get("data-number")) for arrow in arrows] == [record["number"] for record in records]
    assert "style=" not in svg.read_text() and "currentcolor" not in svg.read_text()
    magic, width = struct.unpack(">8s8xI", png.read_bytes()[:20])
    assert magic == b"\x89PNG\r\n\x1a\n" and width == 2080


def current_state(page):
    return page.run("return document.querySelector('#state .state.current')?.dataset.state")


def test_the_diagram_shows_the_way_of_the_connection(page, echo):
    closed_connection(page, echo)
    show(page, "state")
    page.wait(lambda: current_state(page) == "TIME-WAIT", "it is in TIME-WAIT")
    taken = "return [...document.querySelectorAll('#state .edge.taken')].map((edge) => edge.dataset.edge)"
    way = {"CLOSED SYN-SENT", "SYN-SENT ESTABLISHED", "ESTABLISHED FIN-WAIT-1"}
    page.wait(lambda: way <= set(page.run(taken)), "its way is drawn")
    first = page.run("return document.querySelector('#state [data-edge=\"CLOSED SYN-SENT\"] [data-segment]').dataset.segment")
    page.click("#state .state-way .segment-link")
    page.wait(lambda: page.inspected == int(first), "the segment that opened it is shown")


def test_the_slider_replays_the_connection_in_all_views(page, echo):
    records = closed_connection(page, echo)
    page.show_only_chosen()
    show(page, "state")
    page.wait(lambda: current_state(page) == "TIME-WAIT", "it is in TIME-WAIT")
    page.expect(lambda: page.text(".replay-label"), f"{len(records)} of {len(records)}")
    slider = page.one("#replay input")
    page.run("arguments[0].focus()", slider)
    slider.send_keys(Keys.HOME)
    for record in records:
        state = record["after"]["state"]
        page.expect(lambda: (page.inspected, current_state(page), page.state), (record["number"], state, state))
        slider.send_keys(Keys.ARROW_RIGHT)
    third = records[2]["number"]
    page.go(at=third)
    page.wait(lambda: page.texts(".transcript pre") == [], "nothing had been said yet")
    show(page, "segments")
    page.expect(lambda: page.count, 3)
    show(page, "ladder")
    page.wait(lambda: max(drawn(page), default=0) == third, "the ladder ends there")
    page.click(".replay-live")
    page.wait(lambda: page.state == "TIME-WAIT", "the present is back")


def test_a_link_opens_view_segment_and_moment(page, echo):
    records = closed_connection(page, echo)
    show(page, "ladder")
    page.go(segment=records[1]["number"], at=records[1]["number"])
    page.wait(lambda: page.state == "ESTABLISHED", "the moment is shown")
    page.open(page.run("return location.hash"))
    page.wait(lambda: page.inspected == records[1]["number"], "the segment is shown")
    assert page.shown("#ladder")
    page.wait(lambda: page.state == "ESTABLISHED", "the moment is shown again")


def test_tabs_and_views_have_keys(page):
    for number, tab in enumerate(TABS, 1):
        page.one("body").send_keys(str(number))
        page.wait(lambda tab=tab: page.one(f"#{tab}").is_displayed(), f"{number} shows {tab}")
    page.run("document.querySelector('#tab-lab').focus()")
    page.browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    page.wait(lambda: page.one("#segments").is_displayed(), "the arrow goes round")


def test_the_graphs_are_drawn_and_linked(page, echo):
    closed_connection(page, echo)
    show(page, "graphs")
    page.wait(lambda: len(page.all("#graphs .chart canvas")) >= 4, "the charts are drawn")
    page.point("#graphs .chart-box")
    page.expect(lambda: len(page.all("#graphs .chart-cursor:not([hidden])")), 4)
    page.wait(lambda: any(page.texts("#graphs .legend-value")), "the values are told")


def test_without_the_library_the_graphs_say_what_to_install(page, echo, tmp_path):
    words = [BINARY, "serve", "--public", str(ROOT / "Public"), "--listen", "127.0.0.1:0"]
    service = Program(*words, "--library", f"dygraphs={tmp_path}", pattern=r"http://[\w.:]+")
    page.service = service.match.group(0)
    page.open("#view=graphs")
    page.wait(lambda: "libjs-dygraphs" in page.text("#graphs .empty"), "the package is named")
    page.browser.get_log("browser")  # The missing file is what this is about.
    page.browser.get("about:blank")
    service.stop()


def craft(page, **values):
    show(page, "lab")
    for name, value in values.items():
        page.type(f"#lab [name={name}]", value)


def test_the_bit_picture_follows_what_is_typed(page, echo):
    craft(page, remote=echo, local="127.0.0.1:1", sequence="1")
    before = page.run("return document.querySelector('.craft-dump').textContent")
    page.click("#lab [data-flag=FIN]")
    packet = bytes.fromhex(page.run("return document.querySelector('.craft-dump').textContent"))
    octets = packet[20:]
    assert packet != bytes.fromhex(before) and octets[13] == 3 and octets[4:8] == b"\0\0\0\1"
    words = socket.inet_aton("127.0.0.1") * 2 + b"\0\6\0\24" + octets
    total = sum(struct.unpack(f">{len(words) // 2}H", words))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    assert total == 0xFFFF  # RFC 1071: with its checksum, a segment adds up to ones.
    page.wait(lambda: any("SYN and FIN" in text for text in page.texts(".craft-faults li")), "it is marked")


def test_a_crafted_syn_with_a_wrong_checksum_is_sent_and_shown_as_such(page, echo):
    craft(page, remote=echo, checksum="0xbeef")
    page.wait(lambda: any("is wrong" in text for text in page.texts(".craft-faults li")), "it is marked")
    page.choose("#lab [name='?wait']", "")
    page.click("#lab .craft [type=submit]")
    page.wait(lambda: page.all("#lab .craft-result .segment-link"), "it is sent")
    page.click("#lab .craft-result .segment-link")
    record = page.get(f"/v1/segments/{page.wait(lambda: page.inspected, 'it is shown')}")
    assert record["cause"] == "crafted" and record["tcp"]["checksum"]["value"] == "0xbeef"
    told = page.text(".addition summary")
    assert "wrong" in told and record["tcp"]["checksum"]["expected"] in told


def test_an_impairment_is_added_changed_and_removed(page):
    show(page, "lab")
    page.click("[data-part=impairments]")
    page.choose("#lab .lab-form [name=name]", "test-lossy")
    page.click("#lab .lab-form [type=submit]")
    page.wait(lambda: page.all("[data-name=test-lossy]"), "it is listed")
    slider = "[data-name=test-lossy] [name=probability]"
    page.run("const s = document.querySelector(arguments[0]); s.value = 30; s.dispatchEvent(new Event('input', { bubbles: true }))", slider)
    page.wait(lambda: page.get("/v1/impairments/test-lossy")["attributes"]["probability"] == 0.3, "the service has it")
    page.click("[data-name=test-lossy] button", "Remove")
    page.wait(lambda: page.call("GET", "/v1/impairments/test-lossy")[0] == 404, "it is gone")


def test_a_held_segment_is_released_by_a_click(page, echo):
    connection = page.connect(echo)
    hold = {"name": "test-hold", "type": "hold", "stream": "upstream", "connection": connection, "attributes": {"match": "data"}}
    assert page.call("POST", "/v1/impairments", hold)[0] == 201
    page.call("POST", f"/v1/connections/{connection}/send?wait=none", {"text": "wait"})
    page.go(view="lab", lab="impairments")
    page.wait(lambda: page.all("[data-name=test-hold] .held .segment-link"), "it is listed")
    page.click("[data-name=test-hold] .held button", "Release")
    page.wait(lambda: page.get(f"/v1/connections/{connection}")["counters"]["bytesReceived"] == 4, "the echo comes")
    page.call("DELETE", "/v1/impairments/test-hold")


def test_a_script_that_fails_has_its_line_marked(page):
    page.open("#view=lab&lab=scenarios")
    script = page.one("#lab [name=script]")
    page.click("#lab .scenarios-form [type=submit]")
    page.wait(lambda: "pass" in "".join(page.texts("#lab .verdict .passed")), "the example passes")
    failing = script.get_attribute("value").replace("ack 11", "ack 12")
    page.run(
        "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', { bubbles: true }))", script, failing
    )
    page.click("#lab .scenarios-form [type=submit]")
    page.wait(lambda: page.all("#lab .line-numbers .failing"), "a line is marked")
    line = int(page.one("#lab .line-numbers .failing").text)
    assert "ack 12" in failing.split("\n")[line - 1]
    page.wait(lambda: "Expected" in page.texts("#lab .verdict dt"), "the verdict says what was expected")


def test_a_script_runs_on_the_wire(page, echo):
    """The same example, by the real clock: the segments are in the log, and the verdict says how long it took."""
    page.open("#view=lab&lab=scenarios")
    before = page.get("/v1/segments?last=1")["next"]
    page.choose("#lab [name='?clock']", "real")
    page.click("#lab .scenarios-form [type=submit]")
    page.wait(lambda: "on the wire" in "".join(page.texts("#lab .verdict .passed")), "it passes on the wire")
    causes = {record["cause"] for record in page.get(f"/v1/segments?after={before}")["segments"]}
    assert {"crafted", "syn-ack"} <= causes


def test_the_doctor_shows_its_checks(page):
    page.open("#view=lab&lab=doctor")
    page.wait(lambda: page.all(".check.pass"), "something works")
    assert all(page.texts(".check strong"))


def test_a_file_is_sent_octet_by_octet(page, echo, tmp_path):
    octets = bytes(range(256)) * 400
    (tmp_path / "octets").write_bytes(octets)
    connection = page.connect(echo)
    page.one("#file").send_keys(str(tmp_path / "octets"))
    received = f"/v1/connections/{connection}"
    page.wait(lambda: page.get(received)["counters"]["bytesReceived"] == len(octets), "it came back")
    page.wait(lambda: "of octets sent" in page.text("#said"), "the page says so")


def test_a_file_on_its_way_shows_how_far_it_is_and_is_called_back(page, echo, tmp_path):
    # More than the sockets between browser and service can hold: else all of it is on its way at once.
    length = 80_000_000
    (tmp_path / "long").write_bytes(bytes(length))
    connection = page.connect(echo)
    slow = {"name": "test-slow", "type": "rate", "stream": "upstream", "connection": connection, "attributes": {"rate": 200_000}}
    assert page.call("POST", "/v1/impairments", slow)[0] == 201
    page.one("#file").send_keys(str(tmp_path / "long"))
    bar = "return [...document.querySelectorAll('.file-progress:not([hidden]) progress')].map(({ value, max }) => value / max)[0]"
    page.wait(lambda: 0 < (page.run(bar) or 0) < 1, "the bar moves")
    page.wait(lambda: " of 76 MiB" in page.text(".file-told"), "it is told in octets")
    page.click(".file-progress button", "Cancel")
    page.wait(lambda: "called back" in page.text("#said"), "the page says so")
    assert page.get(f"/v1/connections/{connection}")["counters"]["bytesSent"] < length
    page.call("DELETE", "/v1/impairments/test-slow")
    page.call("DELETE", f"/v1/connections/{connection}")
