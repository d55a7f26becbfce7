"""The segment table: filter, search, columns, colours, pause, gaps, and one stream for all pages of a browser."""

import pytest
from conftest import BINARY, ROOT, WITNESS, Program, Sink
from selenium.webdriver import Keys

ROWS = """
    return [...document.querySelectorAll(".rows .row:not([hidden])")]
        .sort((a, b) => a.getAttribute("aria-rowindex") - b.getAttribute("aria-rowindex"))
        .map((row) => Object.fromEntries([...row.children].map((cell) => [cell.classList[1], cell.textContent])));
"""


def filter_by(page, expression):
    page.type("#filter", expression)
    page.one("#filter").send_keys(Keys.ENTER)


def test_a_filter_lets_only_what_it_says_through_and_goes_on_living(page, echo):
    connection = page.connect(echo)
    page.send("hello raw")
    filter_by(page, f"tcp.len>0 && connection=={connection}")
    lengths = lambda: [row["length"] for row in page.run(ROWS)]
    page.expect(lengths, ["9", "9"])
    page.send("four")
    page.expect(lengths, ["9", "9", "4", "4"])
    assert "filter=" in page.run("return location.hash") and "filter=" in page.texts("#segments-foot .curl-text")[0]
    page.click(".filter button")
    page.wait(lambda: any(row["flags"] == "SYN" for row in page.run(ROWS)), "all of them are back")


def test_a_mistake_in_a_filter_is_shown_below_its_place(page, echo):
    page.connect(echo)
    page.wait(lambda: page.count >= 3, "there are rows")
    before = page.count
    filter_by(page, "tcp.len > 0 && tcp.lenn > 0")
    page.wait(lambda: page.shown(".filter-error .caret-line"), "the mistake is told")
    line, caret = page.texts(".caret-line")[0].split("\n")
    assert line.index("tcp.lenn") == caret.index("^")
    assert page.count >= before


def test_a_filter_is_completed_by_the_keyboard(page):
    field = page.one("#filter")
    field.send_keys("tcp.flags.sy")
    offered = lambda: page.texts("#filter-list li code")
    page.expect(offered, ["tcp.flags.syn"])
    field.send_keys(Keys.ARROW_DOWN, Keys.ENTER, "==")
    page.expect(lambda: field.get_attribute("value"), "tcp.flags.syn==")
    page.expect(offered, ["1", "0"])


def test_everything_that_is_offered_is_understood_by_the_service(page):
    refused = page.browser.execute_async_script(
        """
        const done = arguments[0];
        (async () => {
            const { fields } = await import("/js/segments/filter-words.js");
            const expressions = fields.flatMap(({ name, values }) =>
                values.length > 0 ? values.map((value) => `${name}==${value}`) : [name]);
            const refused = [];
            for (const expression of expressions) {
                const answer = await fetch(`/v1/segments?limit=1&filter=${encodeURIComponent(expression)}`);
                if (!answer.ok) refused.push(expression);
            }
            done(refused);
        })();
        """
    )
    assert refused == []


def test_search_goes_from_match_to_match(page, echo):
    page.connect(echo)
    page.show_only_chosen()
    page.row(flags="ACK")
    find = page.one("#find")
    find.send_keys("syn")
    numbers = []

    def another():
        shown = page.inspected
        return None if shown in [None, *numbers[-1:]] else shown

    for key in [Keys.ENTER, Keys.ENTER, Keys.ENTER]:
        find.send_keys(key)
        numbers.append(page.wait(another, "another one is chosen"))
    assert numbers[0] == numbers[2] == numbers[1] - 1


def test_columns_are_chosen_and_remembered(page, echo):
    page.connect(echo)
    page.click("#choose-columns")
    page.click("dialog [name=state]")
    page.click("dialog[open] .primary")
    heads = "return [...document.querySelectorAll('.head .cell')].map((cell) => cell.textContent)"
    page.wait(lambda: "State" in page.run(heads), "the table has it")
    page.open()
    page.connect(echo)
    page.wait(lambda: "State" in page.run(heads), "the table still has it")


def test_a_colour_rule_colours_what_its_filter_lets_through(page, echo):
    page.connect(echo)
    page.click("#choose-colours")
    page.one("dialog[open] .rule input").send_keys("tcp.flags.syn==1", Keys.TAB)
    page.click("dialog[open] .primary")
    coloured = "return [...document.querySelectorAll('.rows .rule-1 .flags')].map((cell) => cell.textContent)"
    page.expect(lambda: set(page.run(coloured)), {"SYN", "SYN ACK"})


def test_what_comes_during_a_pause_is_read_afterwards(page, echo):
    connection = page.connect(echo)
    page.send("before")
    page.wait(lambda: page.received == "before", "the echo is shown")
    newest = lambda: page.get("/v1/segments?last=1")["next"]
    page.wait(lambda: page.count == newest(), "all of it is there")
    page.click("#pause")
    page.expect(lambda: page.one("#status").get_attribute("data-state"), "paused")
    page.frames()
    before = page.count
    page.call("POST", f"/v1/connections/{connection}/send", {"text": "meanwhile"})
    wanted = newest()
    page.frames()
    assert page.count == before
    page.click("#pause")
    page.wait(lambda: page.count >= wanted, "all of it is there")
    assert page.all(".row.gap") == []


@pytest.fixture
def forgetful(page):
    """A page of a service whose log keeps little, and a server that its segments go to."""
    sink = Sink()
    words = [BINARY, "serve", "--public", str(ROOT / "Public"), "--listen", "127.0.0.1:0", "--log-segments", "1024"]
    program = Program(*words, pattern=r"http://[\w.:]+")
    page.service = program.match.group(0)
    page.open()
    yield sink
    page.browser.get("about:blank")
    program.stop()
    sink.listener.close()


def test_what_the_log_let_go_of_during_a_pause_is_a_gap(page, forgetful):
    connection = page.connect(forgetful.address)
    page.click("#pause")
    page.expect(lambda: page.one("#status").get_attribute("data-state"), "paused")
    while page.get("/v1/segments?last=1")["oldest"] < 1000:
        page.call("POST", f"/v1/connections/{connection}/send", {"text": "x" * 300_000})
    page.click("#pause")
    page.wait(lambda: "missed" in page.text("#missed"), "the gap is told")
    page.click("#follow")
    to_the_top = "document.querySelector('.grid').scrollTop = 0"
    page.wait(lambda: page.run(to_the_top) or "missing here" in "".join(page.texts(".row.gap:not([hidden])")), "the gap has a row")


def test_all_pages_of_a_browser_share_one_stream(page, echo):
    first = page.browser.current_window_handle
    open_streams = "return streams.filter(({ readyState }) => readyState !== EventSource.CLOSED).length"
    page.browser.switch_to.new_window("tab")
    second = page.browser.current_window_handle
    page.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WITNESS})
    try:
        page.open()
        page.connect(echo)
        page.wait(lambda: any(row["flags"] == "SYN" for row in page.run(ROWS)), "the follower sees them")
        page.expect(lambda: page.run(open_streams), 0)
        page.browser.switch_to.window(first)
        page.wait(lambda: any(row["flags"] == "SYN" for row in page.run(ROWS)), "the leader sees them")
        page.expect(lambda: page.run(open_streams), 1)
        page.browser.get("about:blank")
        page.browser.switch_to.window(second)
        page.wait(lambda: page.run(open_streams) == 1, "the follower leads")
        page.send("on it goes")
        page.wait(lambda: any(row["length"] == "10" for row in page.run(ROWS)), "and sees what comes")
    finally:
        page.browser.switch_to.window(second)
        page.browser.close()
        page.browser.switch_to.window(first)
        page.open()
