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
    page.wait(lambda: len(page.all("#graphs .chart canvas")) >= 4, "the charts are drawn")
    page.connection_id = connection
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


def labels(page):
    """The times on the axes of all graphs that have samples."""
    script = """
        return [...document.querySelectorAll("#graphs .chart:not(.bare)")]
            .map((chart) => [...chart.querySelectorAll(".dygraph-axis-label-x")].map((label) => label.textContent).join());
    """
    return page.run(script)


def test_keys_zoom_and_move_all_graphs_at_once(graphs):
    before = labels(graphs)
    press(graphs, "+")
    graphs.wait(lambda: span(graphs), "a span is chosen")
    first, last = span(graphs)
    assert last - first < whole(graphs)
    graphs.wait(lambda: all(new != old for new, old in zip(labels(graphs), before)), "all of them show it")
    press(graphs, Keys.ARROW_RIGHT)
    graphs.wait(lambda: span(graphs)[0] > first, "it moves on")
    press(graphs, "0")
    graphs.wait(lambda: span(graphs) is None, "everything is shown again")


def test_the_ruler_measures_between_two_places_of_the_cursor(graphs):
    press(graphs, "r")
    assert graphs.one("#graphs .ruler").get_attribute("aria-pressed") == "true"
    with_shift = ActionChains(graphs.browser).key_down(Keys.SHIFT)
    with_shift.send_keys(*[Keys.ARROW_LEFT] * 5).key_up(Keys.SHIFT).send_keys(Keys.ENTER)
    with_shift.key_down(Keys.SHIFT).send_keys(*[Keys.ARROW_RIGHT] * 10).key_up(Keys.SHIFT).send_keys(Keys.ENTER).perform()
    graphs.wait(lambda: graphs.one(".ruler-told").text.startswith("Δ"), "the distance is told")
    assert "sequence numbers" in graphs.one(".ruler-told").text
    shown = "return [...document.querySelectorAll('#graphs .chart:not(.bare)')].map((chart) => chart.querySelectorAll('.chart-mark.ruler').length)"
    assert set(graphs.run(shown)) == {2}


def test_the_ruler_measures_between_two_clicks(graphs):
    graphs.click("#graphs .ruler")
    box = graphs.one("#graphs .chart-box")
    for offset in (-60, 60):
        ActionChains(graphs.browser).move_to_element_with_offset(box, offset, 0).click().perform()
    graphs.wait(lambda: graphs.one(".ruler-told").text.startswith("Δ"), "the distance is told")


def test_dragging_zooms_and_a_link_shows_the_same_span(graphs):
    box = graphs.one("#graphs .chart-box")
    ActionChains(graphs.browser).move_to_element_with_offset(box, -80, 0).click_and_hold().move_by_offset(150, 2).release().perform()
    graphs.wait(lambda: span(graphs), "a span is chosen")
    chosen, shown = span(graphs), labels(graphs)
    graphs.open(graphs.run("return location.hash"))
    graphs.wait(lambda: labels(graphs) == shown, "the link shows the same times")
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
        graphs.wait(lambda: span(graphs), "a span is chosen")
        first, last = span(graphs)
        assert last - first < 0.6 * whole(graphs)
        touch(graphs, "touchStart", (x, y))
        touch(graphs, "touchMove", (x - 40, y))
        touch(graphs, "touchMove", (x - 80, y))
        touch(graphs, "touchEnd")
        graphs.wait(lambda: span(graphs)[0] > first, "it moves on")
        moved = span(graphs)
        assert abs((moved[1] - moved[0]) - (last - first)) < 0.05 * (last - first)
    finally:
        graphs.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
