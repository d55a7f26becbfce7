"""What holds for every view: axe has nothing serious to say, nothing is cut off at 360 pixels, the keyboard is enough."""

import json

import pytest
from axe_selenium_python import Axe
from selenium.webdriver import ActionChains, Keys

TABS = ["segments", "ladder", "state", "graphs", "lab"]
PARTS = ["craft", "listeners", "impairments", "options", "scenarios", "packs", "compare", "observations", "captures", "doctor"]
NARROW = 360


def places(width):
    """Every place that a window of this width has."""
    panels = ["connect", "stream", "inspector"] if width < 760 else []
    return [{"view": view} for view in [*panels, *TABS[:-1]]] + [{"view": "lab", "lab": part} for part in PARTS]


def closed_connection(page, echo):
    """A connection that has said something and closed, its first segment inspected, with an impairment and an option beside it."""
    page.call("POST", "/v1/impairments", {"name": "test-hold", "type": "hold", "stream": "downstream", "attributes": {"match": "rst"}})
    page.call("PUT", "/v1/options/test-option", {"kind": 254, "attach": "never", "fields": [{"name": "n", "type": "u8"}]})
    connection = page.connect(echo)
    page.send("hello raw")
    page.click("#stream .close")
    page.wait(lambda: page.state == "TIME-WAIT", "both sides have closed")
    page.inspect(flags="SYN")
    page.click("#connect summary")
    page.run("for (const summary of document.querySelectorAll('.folds summary')) summary.click()")
    return connection


def visit(page, place):
    """Goes to a place, and waits until it is drawn."""
    page.go(**place)
    page.wait(lambda: page.shown(f"#{place['view']}"), f"{place} is shown")
    sights = {"ladder": "#ladder [data-number]", "graphs": "#graphs canvas", "lab": ".lab-part:not([hidden]), .craft:not([hidden])"}
    if sight := sights.get(place["view"]):
        page.wait(lambda: page.shown(sight), f"{place} is drawn")
    page.frames()


def forget(page):
    page.call("DELETE", "/v1/impairments/test-hold")
    page.call("DELETE", "/v1/options/test-option")


@pytest.mark.parametrize("width, scheme", [(1440, "light"), (1440, "dark"), (NARROW, "light"), (NARROW, "dark")])
def test_axe_has_nothing_serious_to_say_about_any_view(page, echo, width, scheme):
    closed_connection(page, echo)
    page.look(width, 900, scheme)
    axe = Axe(page.browser)
    axe.inject()
    found = []
    for place in places(width):
        visit(page, place)
        # The first time everything, then what is new.
        for violation in axe.run(f"#{place['view']}" if place != places(width)[0] else None)["violations"]:
            if violation["impact"] in ("serious", "critical"):
                targets = [node["target"] for node in violation["nodes"][:4]]
                found.append(f"{place}: {violation['id']} {json.dumps(targets)}")
    forget(page)
    assert found == [], "\n".join(found)


def test_nothing_is_cut_off_at_360_pixels(page, echo):
    closed_connection(page, echo)
    page.look(NARROW, 740, "light")
    # What is wider than the window and stands in nothing that scrolls sideways or hides the rest on purpose.
    script = """
        const scrolls = (element) => element && (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(element).overflowX)
            || (element !== document.body && scrolls(element.parentElement)));
        return [...document.querySelectorAll("main *")]
            .filter((element) => element.getClientRects().length > 0 && element.getBoundingClientRect().right > innerWidth + 1
                && !element.closest("svg svg, .visually-hidden") && !scrolls(element.parentElement))
            .map((element) => `${element.tagName}.${element.className}`).slice(0, 5);
    """
    for place in places(NARROW):
        visit(page, place)
        # A graph that was wide a moment ago becomes narrow when the browser tells it to.
        page.wait(lambda: page.run("return document.documentElement.scrollWidth") <= NARROW, f"{place} fits")
        page.expect(lambda: page.run(script), [])
    forget(page)


def press(page, *keys):
    ActionChains(page.browser).send_keys(*keys).perform()


def has_focus(page, selector):
    return page.run("return document.activeElement.matches(arguments[0])", selector)


def await_focus(page, selector):
    page.wait(lambda: has_focus(page, selector), f"{selector} has the focus")


def tab_to(page, selector):
    for _ in range(40):
        if has_focus(page, selector):
            outline = page.run("return getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{selector} shows that it has the focus"
            return
        press(page, Keys.TAB)
    raise AssertionError(f"Tab does not reach {selector}")


def test_the_main_job_by_the_keyboard_alone(page, echo):
    """Connect, send, look into a segment, close: without a pointer, and always with a visible focus."""
    press(page, "c")
    await_focus(page, "#remote")
    ActionChains(page.browser).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).send_keys(echo, Keys.ENTER).perform()
    page.wait(lambda: page.connection and page.state == "ESTABLISHED", "it is established")
    press(page, Keys.ESCAPE, "s")
    await_focus(page, "#payload")
    press(page, "hello raw", Keys.ENTER)
    page.wait(lambda: page.received == "hello raw", "the echo is shown")
    tab_to(page, "#stream .close")
    press(page, Keys.ENTER)
    page.wait(lambda: page.state == "TIME-WAIT", "it has closed")
    # A button that can't be pressed any more lets go of the focus, in a frame of its own.
    page.wait(lambda: not page.run("return document.activeElement.matches('#stream .close')"), "the focus is free")
    press(page, "o", "g")
    page.wait(lambda: page.inspected, "the first segment is chosen")
    press(page, Keys.ENTER)
    await_focus(page, "#inspector-title")
    tab_to(page, ".field-row")
    press(page, Keys.ARROW_DOWN)
    page.wait(lambda: page.all(".field-row.lit") and page.all(".box.lit"), "the field is lit")
    for number, tab in enumerate(TABS, 1):
        press(page, str(number))
        page.wait(lambda tab=tab: page.one(f"#{tab}").is_displayed(), f"{number} shows {tab}")
