"""The graphs: one cursor, one span of time and one ruler for all of them; mouse, fingers and keys."""

import pytest
from selenium.webdriver import ActionChains, Keys


@pytest.fixture
def graphs(page, echo):
    """The page with the graphs of a connection that has sent and received something twice."""
    connection = page.connect(echo)
    for text in ["hello", "again"]:
        page.send(text)
    page.wait(lambda: page.received == "helloagain", "the echo is there")
    page.click("#tab-graphs")
    page.connection_id = connection
    page.wait(lambda: axes(page), "all charts are drawn")
    return page


def span(page):
    """The chosen span of time, null for all."""
    text = page.run("return new URLSearchParams(location.hash.slice(1)).get('range')")
    return text and [float(part) for part in text.split("~")]


def whole(page):
    """The time of the connection's last segment."""
    return page.get(f"/v1/segments?connection={page.connection_id}&last=1")["segments"][-1]["elapsed"]


def press(page, *keys):
    page.run("document.querySelector('#graphs .charts').focus()")
    ActionChains(page.browser).send_keys(*keys).perform()


def axes(page):
    """The times on the axis below every one of the four graphs; None while one has no samples, or shows another span than the rest."""
    script = """
        return [...document.querySelectorAll("#graphs .chart:not(.bare)")]
            .map((chart) => [...chart.querySelectorAll(".dygraph-axis-label-x")].map((label) => label.textContent).join());
    """
    shown = page.run(script)
    return shown[0] if len(shown) == 4 and len(set(shown)) == 1 else None


def test_keys_zoom_and_move_all_graphs_at_once(graphs):
    before = axes(graphs)
    press(graphs, "+")
    graphs.wait(lambda: span(graphs), "a span is chosen")
    first, last = span(graphs)
    assert last - first < whole(graphs)
    graphs.wait(lambda: axes(graphs) not in (None, before), "all of them show it")
    press(graphs, Keys.ARROW_RIGHT)
    graphs.wait(lambda: span(graphs)[0] > first, "it moves on")
    press(graphs, "0")
    graphs.wait(lambda: span(graphs) is None, "everything is shown again")


def test_the_ruler_measures_between_two_places_of_the_cursor(graphs):
    press(graphs, "r")
    graphs.expect(lambda: graphs.one("#graphs .ruler").get_attribute("aria-pressed"), "true")
    with_shift = ActionChains(graphs.browser).key_down(Keys.SHIFT)
    with_shift.send_keys(*[Keys.ARROW_LEFT] * 5).key_up(Keys.SHIFT).send_keys(Keys.ENTER)
    with_shift.key_down(Keys.SHIFT).send_keys(*[Keys.ARROW_RIGHT] * 10).key_up(Keys.SHIFT).send_keys(Keys.ENTER).perform()
    graphs.wait(lambda: graphs.text(".ruler-told").startswith("Δ"), "the distance is told")
    assert "sequence numbers" in graphs.text(".ruler-told")
    marks = "return [...document.querySelectorAll('#graphs .chart')].map((chart) => chart.querySelectorAll('.chart-mark.ruler').length)"
    graphs.expect(lambda: graphs.run(marks), [2, 2, 2, 2])


# The same parts, fed by hand: the round-trip time is measured after the ruler was put.
LATE_SAMPLES = """
    const done = arguments[0];
    (async () => {
        const { Graphs } = await import("/js/graphs/graphs.js");
        const { SegmentStore } = await import("/js/log/store.js");
        const { SegmentView } = await import("/js/log/view.js");
        const { rowOfRecord } = await import("/js/log/records.js");
        const place = document.createElement("section");
        const inner = document.createElement("div");
        inner.className = "graphs-place";
        place.className = "late";
        place.append(inner);
        document.body.prepend(place);
        const store = new SegmentStore(64);
        store.append([0, 1, 2].map((elapsed) => rowOfRecord({
            number: elapsed + 1, elapsed, connection: "c1", direction: "out", cause: "data",
            tcp: { flags: ["ACK"], relativeSequence: 1 + elapsed, relativeAcknowledgment: 1 }, payload: { length: 1 },
        })));
        const trace = new SegmentView(store);
        trace.choose("c1");
        const feed = Object.assign(new EventTarget(), { connections: new Map() });
        const selection = Object.assign(new EventTarget(), { connection: "c1", segment: null, at: null, span: null });
        const graphs = new Graphs(place, { trace, feed, selection });
        await graphs.draw();
        graphs.pointAt(1.5);
        graphs.ruler.toggle();
        for (const time of [0.5, 1.75]) graphs.ruler.put(graphs.charts[0].placeAt(time));
        const count = (selector) => graphs.charts.map(({ element }) => element.querySelectorAll(selector).length);
        const look = () => ({ marks: count(".chart-mark.ruler"), cursors: count(".chart-cursor:not([hidden])") });
        const before = look();
        graphs.history.rows = [[0.9, 0.01, 0.2, 10, 20, 1, 30], [1, 0.02, 0.3, 10, 20, 1, 30]];
        await graphs.draw();
        const after = look();
        const axes = new Set(graphs.charts.map(({ graph }) => graph.xAxisRange().join()));
        place.remove();
        done({ before, after, axes: axes.size });
    })().catch((error) => done(String(error)));
"""


def test_a_graph_whose_first_samples_come_late_has_cursor_and_ruler_as_the_others(page):
    shown = page.browser.execute_async_script(LATE_SAMPLES)
    assert shown["before"] == {"marks": [2, 0, 0, 2], "cursors": [1, 0, 0, 1]}
    assert shown["after"] == {"marks": [2] * 4, "cursors": [1] * 4} and shown["axes"] == 1


def test_the_ruler_measures_between_two_clicks(graphs):
    graphs.click("#graphs .ruler")
    box = graphs.one("#graphs .chart-box")
    for offset in (-60, 60):
        ActionChains(graphs.browser).move_to_element_with_offset(box, offset, 0).click().perform()
    graphs.wait(lambda: graphs.text(".ruler-told").startswith("Δ"), "the distance is told")


def test_dragging_zooms_and_a_link_shows_the_same_span(graphs):
    box, before = graphs.one("#graphs .chart-box"), axes(graphs)
    ActionChains(graphs.browser).move_to_element_with_offset(box, -80, 0).click_and_hold().move_by_offset(150, 2).release().perform()
    graphs.wait(lambda: span(graphs), "a span is chosen")
    graphs.wait(lambda: axes(graphs) not in (None, before), "all of them show it")
    chosen, shown = span(graphs), axes(graphs)
    graphs.open(graphs.run("return location.hash"))
    graphs.expect(lambda: axes(graphs), shown)
    assert span(graphs) == chosen


def touch(page, kind, *places):
    points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
    page.browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_two_fingers_zoom_and_one_moves(graphs):
    box = graphs.run("const { x, y, width, height } = document.querySelector('#graphs .chart-box').getBoundingClientRect(); return [x + width / 2, y + height / 2]")
    x, y = box
    graphs.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    try:
        touch(graphs, "touchStart", (x - 30, y), (x + 30, y))
        touch(graphs, "touchMove", (x - 90, y), (x + 90, y))
        touch(graphs, "touchEnd")
        narrowed = lambda: span(graphs) and span(graphs)[1] - span(graphs)[0] < 0.6 * whole(graphs)
        graphs.wait(narrowed, "a smaller span is chosen")
        graphs.frames()
        first, last = span(graphs)
        touch(graphs, "touchStart", (x, y))
        touch(graphs, "touchMove", (x - 40, y))
        touch(graphs, "touchMove", (x - 80, y))
        touch(graphs, "touchEnd")
        graphs.wait(lambda: span(graphs)[0] > first, "it moves on")
        graphs.frames()
        moved = span(graphs)
        assert abs((moved[1] - moved[0]) - (last - first)) < 0.05 * (last - first)
    finally:
        graphs.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
