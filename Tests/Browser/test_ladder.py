"""The ladder: losses as the log proves them, causes and effects, pan and zoom."""

import pytest
from conftest import BINARY, ROOT, Page, Program
from selenium.webdriver import ActionChains

# The causes of a repetition that say: what it repeats is taken for lost.
REPAIRS = ("rto", "rack-retransmit", "sack-retransmit", "fast-retransmit")


def lossy(page, echo, kind, **attributes):
    """A connection whose third data segment was lost, by an impairment or because the peer never took it; and the records."""
    impairment = {"name": "test-loss", "type": kind, "stream": "upstream", "attributes": {"match": "data", **attributes}}
    page.call("POST", "/v1/impairments", impairment)
    connection = page.connect(echo, mss=536)
    page.call("POST", f"/v1/connections/{connection}/send?wait=none", {"text": "x" * 4000})
    records = lambda: page.get(f"/v1/segments?connection={connection}")["segments"]
    page.wait(lambda: any(record["cause"] in REPAIRS for record in records()), "what was lost is repeated")
    page.call("DELETE", "/v1/impairments/test-loss")
    page.go(view="ladder")
    return records()


def words(page, number):
    """What the ladder says at a segment, once it is in sight."""
    page.go(segment=number)
    script = "return [...document.querySelectorAll(`#ladder [data-number='${arguments[0]}'] text`)].map((text) => text.textContent).join(' ')"
    return page.wait(lambda: page.run(script, number), f"#{number} is drawn")


def shapes(page, number, selector):
    return page.run("return document.querySelectorAll(`#ladder [data-number='${arguments[0]}'] ${arguments[1]}`).length", number, selector)


def test_what_an_impairment_dropped_is_crossed_out_where_it_was_dropped(page, echo):
    records = lossy(page, echo, "drop", nth=3)
    lost = next(record for record in records if record["impairment"])
    repeat = next(record for record in records if record["retransmits"] == lost["number"])
    page.wait(lambda: "dropped" in words(page, lost["number"]), "it is called dropped")
    assert shapes(page, lost["number"], "path.ink-lab") == 1 and shapes(page, lost["number"], "polygon") == 0
    page.wait(lambda: f"repeats #{lost['number']}" in words(page, repeat["number"]), "its repetition says so")


def test_what_was_chosen_stays_in_sight_while_more_comes(page, echo):
    connection = page.connect(echo, mss=536)
    send = lambda: page.call("POST", f"/v1/connections/{connection}/send", {"text": "x" * 20_000})
    read = lambda member: page.run(f"return document.querySelector('.ladder-scroller').{member}")
    send()
    page.go(view="ladder")
    page.wait(lambda: read("scrollTop") > 0, "the ladder is longer than its window, and at its end")
    chosen = page.get(f"/v1/segments?connection={connection}&limit=1000")["segments"][-1]["number"]
    words(page, chosen)
    before = read("scrollHeight")
    send()
    page.wait(lambda: read("scrollHeight") > before + read("clientHeight"), "more than fits into the window comes after it")
    assert page.run("return document.querySelector(`#ladder [data-number='${arguments[0]}']`) !== null", chosen)


def test_what_had_to_be_repeated_is_marked_as_lost(page, echo):
    """The damaged segment leaves, and no record says what becomes of it: only its repetition proves the loss."""
    records = lossy(page, echo, "hold", limit=1)
    repeat = next(record for record in records if record["cause"] in REPAIRS)
    number = repeat["retransmits"]
    # The log as it would be without the impairment's own words: what is under test is the proof by repetition.
    drawn = page.browser.execute_async_script(
        """
        const [records, done] = arguments;
        (async () => {
            const { rowOfRecord } = await import("/js/log/records.js");
            const { SegmentStore } = await import("/js/log/store.js");
            const { SegmentView } = await import("/js/log/view.js");
            const { LadderScale } = await import("/js/ladder/scale.js");
            const { sceneOf } = await import("/js/ladder/scene.js");
            const store = new SegmentStore(1024);
            store.append(records.map((record) => rowOfRecord({ ...record, impairment: null })));
            const view = new SegmentView(store);
            const scale = new LadderScale();
            const crossed = () => {
                scale.update(view);
                const marks = { chosen: null, roles: null, span: null, journey: 0, isPointing: false };
                return sceneOf(view, scale, { first: 0, last: view.length, width: 800, marks })
                    .filter(({ shapes }) => shapes?.some(({ type }) => type === "cross"))
                    .map(({ number, shapes }) => [number, shapes.find(({ role }) => role === "label").words]);
            };
            const all = crossed();
            view.until = records.find(({ retransmits }) => retransmits === all[0][0]).number - 1;
            done({ all, before: crossed() });
        })();
        """,
        records,
    )
    assert drawn["all"][0][0] == number and f"lost: #{repeat['number']} repeats it" in drawn["all"][0][1]
    # While the connection is replayed nobody knows yet.
    assert drawn["before"] == []


@pytest.fixture
def losing_peer(page):
    """Another service of ours, whose third segment with data never reaches the wire; answers its page-less `Page`."""
    words = [BINARY, "serve", "--listen", "127.0.0.1:0", "--public", str(ROOT / "Public")]
    program = Program(*words, pattern=r"http://[\w.:\[\]-]+")
    peer = Page(page.browser, program.match.group(0))
    peer.call("POST", "/v1/impairments", {"type": "drop", "stream": "upstream", "attributes": {"match": "data", "nth": 3}})
    yield peer
    peer.call("POST", "/v1/reset")
    program.stop()


def test_what_the_peer_lost_is_drawn_where_it_is_missed_and_named_when_it_is_repeated(page, losing_peer):
    _, listener = losing_peer.call("POST", "/v1/listeners", {"local": "127.0.0.1:0", "service": "hold"})
    connection = page.connect(f"127.0.0.1:{listener['local']['port']}", mss=536)
    accepted = losing_peer.get(f"/v1/listeners/{listener['id']}/accepted?wait=60s")["connections"][0]
    status, _ = losing_peer.call("POST", f"/v1/connections/{accepted['id']}/send?timeout=60s", {"text": "x" * 4000})
    assert status == 200
    arrived = [one for one in page.get(f"/v1/segments?connection={connection}&direction=in")["segments"] if one["payload"]["length"] > 0]
    behind = next(one for one in arrived if "lost_segment" in one["analysis"])
    before = arrived[arrived.index(behind) - 1]
    start = before["tcp"]["relativeSequence"] + before["payload"]["length"]
    repeat = next(one for one in arrived if one["tcp"]["relativeSequence"] == start)
    page.go(view="ladder")
    told = f"{start:,}–{behind['tcp']['relativeSequence'] - 1:,} lost before it: #{repeat['number']} repeats them"
    page.wait(lambda: f"lost before it: #{repeat['number']}" in words(page, behind["number"]), "it is marked as lost")
    assert shapes(page, behind["number"], "path.ink-alarm") == 1
    page.wait(lambda: told in page.text(".ladder-told"), "the loss is told")
    words(page, repeat["number"])
    page.wait(lambda: f"repeats what was lost before #{behind['number']}" in page.text(".ladder-told"), "so is its repetition")
    page.go(at=behind["number"])
    page.wait(lambda: "missing before it" in words(page, behind["number"]), "nobody knew yet")
    assert shapes(page, behind["number"], "path.ink-alarm") == 0


def test_a_hole_is_lost_or_overtaken_as_the_log_judges_what_fills_it(page):
    verdicts = page.browser.execute_async_script(
        """
        const done = arguments[0];
        (async () => {
            const { HoleLedger } = await import("/js/log/holes.js");
            const segment = (number, relativeSequence, length, ...analysis) =>
                ({ number, connection: "c1", inbound: true, relativeSequence, length, flags: ["ACK"], cause: "accepted", analysis });
            const verdictOf = (...segments) => {
                const holes = new HoleLedger();
                for (const one of [segment(1, 1, 10), segment(2, 31, 10, "lost_segment"), ...segments]) holes.note(one);
                return [holes.before(2).verdict, holes.before(2).filledBy];
            };
            done([
                verdictOf(),
                verdictOf(segment(3, 11, 10, "retransmission")),
                verdictOf(segment(3, 11, 20, "out_of_order")),
                verdictOf(segment(3, 11, 10, "retransmission"), segment(4, 21, 10, "out_of_order")),
                verdictOf({ ...segment(3, 11, 20, "retransmission"), cause: "bad-checksum" }),
            ]);
        })();
        """
    )
    assert verdicts == [["missing", 0], ["missing", 0], ["overtaken", 3], ["lost", 4], ["missing", 0]]


def test_a_segment_that_was_chosen_before_it_came_is_brought_into_sight(page, echo):
    connection = page.connect(echo, mss=536)
    page.click("#pause")
    page.expect(lambda: page.one("#status").get_attribute("data-state"), "paused")
    page.go(view="ladder")
    page.call("POST", f"/v1/connections/{connection}/send", {"text": "x" * 20_000})
    first = next(one for one in page.get(f"/v1/segments?connection={connection}")["segments"] if one["payload"]["length"] > 0)
    page.go(segment=first["number"])
    page.frames()
    page.one("body").send_keys("p")
    assert "Len" in words(page, first["number"])


def test_hovering_lights_causes_and_effects_and_fades_the_rest(page, echo):
    page.connect(echo)
    page.send("hello raw")
    page.wait(lambda: page.received == "hello raw", "the echo is shown")
    records = page.get(f"/v1/segments?connection={page.connection}")["segments"]
    page.go(view="ladder")
    data = next(record["number"] for record in records if record["cause"] == "data")
    answer = next(record["number"] for record in records if data in record["answers"])
    words(page, data)
    words(page, answer)
    page.point(f"#ladder [data-number='{data}'] .hit")
    traits = "return document.querySelector(`#ladder [data-number='${arguments[0]}']`)?.getAttribute('class') ?? ''"
    page.wait(lambda: "effect" in page.run(traits, answer), "what it caused lights up")
    page.wait(lambda: f"acknowledged by #{answer}" in page.text(".ladder-told"), "it is told")
    page.wait(lambda: "faded" in page.run(traits, records[0]["number"]), "the rest fades")


def test_the_ladder_is_zoomed_by_keys_and_wheel_and_moved_by_dragging(page, echo):
    connection = page.connect(echo, mss=536)
    page.call("POST", f"/v1/connections/{connection}/send", {"text": "x" * 20_000})
    page.call("POST", f"/v1/connections/{connection}/close?wait=state:TIME-WAIT&timeout=60s")
    page.go(view="ladder")
    scroller = page.one(".ladder-scroller")
    height = lambda: page.run("return document.querySelector('.ladder-sheet').offsetHeight")
    # It has said all: what is measured no longer grows by itself.
    count = lambda: len(page.get(f"/v1/segments?connection={connection}&limit=1000")["segments"])
    page.wait(lambda: page.text(".replay-label") == f"{count()} of {count()}", "all of it has arrived")
    page.frames()
    natural = height()
    assert natural > 1000
    page.run("arguments[0].focus()", scroller)
    ActionChains(page.browser).send_keys("+").perform()
    page.wait(lambda: height() > natural, "plus makes it larger")
    ActionChains(page.browser).send_keys("0").perform()
    page.wait(lambda: height() == natural, "0 is its natural size")
    zoom = "arguments[0].dispatchEvent(new WheelEvent('wheel', { deltaY: -100, ctrlKey: true, bubbles: true, cancelable: true }))"
    page.run(zoom, scroller)
    page.wait(lambda: height() > natural, "so does the wheel")
    place = lambda: page.run("return arguments[0].scrollTop", scroller)
    page.frames()
    before = place()
    ActionChains(page.browser).move_to_element(scroller).click_and_hold().move_by_offset(0, 120).release().perform()
    page.wait(lambda: place() < before, "dragging moves it")
