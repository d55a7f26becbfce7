"""What a user can do with the page. The names are sentences; `page` (conftest.py) checks the console after each."""

import os
import re
import socket
import subprocess
import urllib.request

import pytest
from conftest import ROOT, Program
from selenium.webdriver import ActionChains, Keys


def test_the_main_job_by_clicks(page, echo):
    page.connect(echo, initialSequence=19890602)
    page.show_only_chosen()
    for flags, cause in [("SYN", "syn"), ("SYN ACK", "accepted"), ("ACK", "ack")]:
        page.row(flags=flags, cause=cause)

    page.send("hello raw")
    page.wait(lambda: page.received == "hello raw", "the echo is shown")
    assert page.row(cause="data")["length"] == "9"

    page.inspect(flags="SYN")
    sequence = [text for text in page.texts(".field-row") if "19890602" in text]
    assert len(sequence) == 1 and "RFC 9293" in sequence[0].replace("\u00a0", " ")

    page.click("#stream .close")
    page.wait(lambda: page.state in ("FIN-WAIT-2", "TIME-WAIT"), "the peer has acknowledged our FIN")
    assert page.row(cause="fin")
    page.wait(lambda: not page.one("#send-form [type=submit]").is_enabled(), "nothing more can be sent")


def test_hexadecimal_is_sent_as_octets(page, echo):
    page.connect(echo)
    page.one("#send-form [value=hex] + span").click()
    page.send("00 ff 41")
    page.one("#stream [name=show][value=hex] + span").click()
    page.wait(lambda: "00 ff 41" in page.received, "the echo is shown in hexadecimal")


def test_what_a_peer_sends_never_becomes_markup(page, echo):
    page.connect(echo)
    page.send("<img src=x onerror=alert(1)>\u202e")
    page.wait(lambda: page.received == r"<img src=x onerror=alert(1)>\xe2\x80\xae", "it is shown as text")
    assert page.all(".transcript img") == []


def test_looking_at_the_stream_leaves_it_to_scripts(page, echo):
    connection = page.connect(echo)
    for word in ["one ", "two "]:
        page.send(word)
    page.wait(lambda: page.received == "one two ", "both are shown")
    line = page.line("#stream", ".transcript")
    assert "/received" in line and "release=0" in line
    answer = subprocess.run(
        ["curl", "-s", f"{page.service}/v1/connections/{connection}/received?offset=0&release=0"], capture_output=True
    )
    assert answer.stdout == b"one two "


def lit(page):
    """The fields that are lit, by view."""
    return {
        view: page.run(
            "return [...document.querySelectorAll(arguments[0] + '.lit')].map((element) => element.dataset.field)",
            selector,
        )
        for view, selector in [("picture", ".box"), ("dump", ".octet"), ("list", ".field-row")]
    }


@pytest.mark.parametrize("view", [".box", ".dump-hex .octet", ".field-row"])
def test_pointing_at_a_field_lights_it_in_all_three_views(page, echo, view):
    page.connect(echo)
    page.show_only_chosen()
    number = page.inspect(flags="SYN")
    fields = page.get(f"/v1/segments/{number}")["fields"]
    name = next(field["name"] for field in fields if field["bitOffset"] == 160 + 32 and field["bitLength"] == 32)
    element = next(element for element in page.all(view) if element.get_attribute("data-field") == name)
    page.run("arguments[0].scrollIntoView({ block: 'center' })", element)
    ActionChains(page.browser).move_to_element(element).perform()
    page.wait(lambda: set(lit(page)["list"]) == {name}, "the field is lit in the list")
    # Four octets, each in hexadecimal and as a character.
    page.expect(lambda: lit(page), {"picture": [name], "dump": [name] * 8, "list": [name]})
    assert name in page.text(".readout")
    ActionChains(page.browser).move_to_element(page.one("h1")).perform()
    page.wait(lambda: lit(page)["list"] == [], "the light goes out")


def test_the_picture_is_the_packet_bit_by_bit(page, echo):
    page.connect(echo)
    page.show_only_chosen()
    number = page.inspect(flags="SYN")
    octets = bytes.fromhex(page.get(f"/v1/segments/{number}")["hex"])
    drawn = page.run(
        """
        const bitsOf = (row) => [...row.querySelectorAll(".bit")].map((bit) => bit.textContent).join("");
        return [...document.querySelectorAll(".inspected .bit-row")].map(bitsOf);
        """
    )
    assert all(len(row) == 32 for row in drawn)
    assert "".join(drawn) == "".join(f"{octet:08b}" for octet in octets)
    shown = page.run(
        "return [...document.querySelectorAll('.dump-hex .octet')].map((octet) => octet.textContent).join('')"
    )
    assert shown == octets.hex()


def test_keys_walk_through_the_segments(page, echo):
    page.connect(echo)
    page.show_only_chosen()
    page.row(cause="ack")
    body = page.one("body")

    def chosen():
        return page.run("return document.querySelector('.row[aria-selected=true]:not([hidden]) .flags')?.textContent")

    for key, flags in [
        ("g", "SYN"),
        ("j", "SYN ACK"),
        (Keys.ARROW_DOWN, "ACK"),
        ("k", "SYN ACK"),
        (Keys.ARROW_UP, "SYN"),
        ("G", "ACK"),
    ]:
        body.send_keys(key)
        page.wait(lambda flags=flags: chosen() == flags, f"{key} chooses {flags}")
    body.send_keys(Keys.ENTER)
    page.wait(lambda: page.run("return document.activeElement.id") == "inspector-title", "Enter goes to the inspector")
    page.one("body").send_keys("?")
    page.wait(lambda: page.shown("#keys"), "the keys are listed")
    page.click("#keys button")
    page.wait(lambda: not page.shown("#keys"), "the list is closed")


def test_keys_typed_into_a_field_stay_there(page, echo):
    page.connect(echo)
    page.one("#payload").send_keys("jk?")
    page.expect(lambda: page.one("#payload").get_attribute("value"), "jk?")
    assert not page.shown("#keys")


def test_a_refusal_is_told_beside_the_form_with_its_segments(page):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # bound and not listening: the port is ours, and refuses
        page.type("#remote", "127.0.0.1:%d" % reserved.getsockname()[1])
        page.one("#connect [type=submit]").click()
        page.wait(lambda: page.one("#connect .problem").is_displayed(), "the refusal is shown")
    problem = page.one("#connect .problem").text
    assert "refused" in problem and "502" in problem
    page.click("#connect .problem .segment-link:last-of-type")
    page.wait(lambda: "RST" in "".join(page.texts(".summary-title")), "the segment that refused is shown")


def test_a_wrong_value_is_told_beside_its_field(page, echo):
    page.type("#remote", echo)
    page.one("#connect summary").click()
    page.type("#connect [name=mss]", "lots")
    page.one("#connect [type=submit]").click()
    page.wait(lambda: page.one("#connect .problem").is_displayed(), "the error is shown")
    field = page.run("return document.querySelector('#connect .problem').previousElementSibling.querySelector('input').name")
    assert field == "mss"
    assert page.one("#connect [name=mss]").get_attribute("aria-invalid") == "true"
    told = page.one("#connect .problem").text
    assert "Invalid request" in told and "lots" in told
    remedy = page.one("#connect .problem a").get_attribute("href")
    assert b"Remedy" in urllib.request.urlopen(remedy).read()
    page.choose("#connect [name=mss]", "1000")
    page.connect(echo)
    page.expect(lambda: page.all("#connect [aria-invalid=true]"), [])
    page.wait(lambda: not page.shown("#connect .problem"), "the refusal is gone")


def test_the_curl_line_does_what_the_button_does(page, echo):
    page.type("#remote", echo)
    page.one("#connect summary").click()
    page.type("#connect [name=name]", "by-curl")
    line = page.one("#connect .curl-text").text
    assert line.startswith("curl --json ")
    answer = subprocess.run(["sh", "-c", f"{line} -s -o /dev/null -w '%{{http_code}}'"], capture_output=True, text=True)
    assert answer.stdout == "201"
    page.wait(lambda: "by-curl" in page.texts(".item .item-name"), "the list shows it")
    page.click(".item", "by-curl")
    page.wait(lambda: page.state == "ESTABLISHED", "the panel shows it")
    line = page.line("#stream", ".abort")
    assert "-X DELETE" in line
    assert (
        subprocess.run(
            ["sh", "-c", f"{line} -s -o /dev/null -w '%{{http_code}}'"], capture_output=True, text=True
        ).stdout
        == "204"
    )
    page.wait(lambda: not any("by-curl" in text for text in page.texts(".item")), "it is gone")


def test_abort_resets_and_forgets(page, echo):
    connection = page.connect(echo)
    page.show_only_chosen()
    page.click("#stream .abort")
    page.wait(lambda: page.connection is None, "no connection is chosen")
    page.wait(lambda: page.all(f"#connection-{connection}") == [], "the list has let it go")
    page.wait(lambda: page.shown("#stream .empty"), "the panel says what to do")


def test_a_link_opens_the_same_place(page, echo):
    connection = page.connect(echo)
    page.show_only_chosen()
    number = page.inspect(flags="SYN ACK")
    page.open(page.run("return location.hash"))
    page.wait(lambda: page.inspected == number, "the segment is shown")
    assert page.connection == connection


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width, height", [(360, 740), (1024, 768), (1440, 900), (3840, 2160)])
def test_the_page_fits_every_width(page, echo, width, height, scheme):
    page.open(width=1440)
    page.connect(echo)
    page.show_only_chosen()
    page.inspect(flags="SYN")
    page.look(width, height, scheme)
    narrow = ["connect", "stream", "inspector"] if width < 760 else []
    for view in ["segments", "ladder", "state", "graphs", "lab", *narrow]:
        page.click(f"#views [data-view={view}]" if width < 760 else f"#tab-{view}")
        page.wait(lambda view=view: page.shown(f"#{view}"), f"{view} is shown")
        page.wait(lambda: page.run("return document.documentElement.scrollWidth") <= width, f"{view} fits")
    dark = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every((part) => part < 64)"
    page.expect(lambda: page.run(dark), scheme == "dark")


def test_a_restarted_service_begins_the_table_anew(page, echo, request):
    if "RAWTCPWEB_URL" in os.environ:
        pytest.skip("the service is not ours to restart")
    words = [request.getfixturevalue("binary"), "serve", "--public", str(ROOT / "Public"), "--listen"]
    first = Program(*words, "127.0.0.1:0", pattern=r"http://([\w.:]+)")
    page.service = first.match.group(0)
    page.open()
    page.connect(echo)
    page.row(cause="syn")
    first.stop()
    page.wait(lambda: page.one("#status").get_attribute("data-state") == "offline", "the page says that it is alone")
    second = Program(*words, first.match.group(1), pattern=r"http://")
    page.wait(lambda: page.one("#status").get_attribute("data-state") == "live", "the page finds the new service")
    page.wait(lambda: "anew" in "".join(page.texts(".row.gap")), "the old run's segments are gone")
    page.connect(echo)
    assert page.row(cause="syn")["id"] == "segment-1"
    second.stop()


def test_everything_comes_from_the_service(page):
    names = page.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert names and all(name.startswith(page.service + "/") for name in names)
    assert re.search(r"\.css", " ".join(names)) and re.search(r"\.js", " ".join(names))


def test_a_hundred_thousand_rows_are_a_screenful_of_elements(page):
    result = page.browser.execute_async_script(
        """
        const done = arguments[0];
        const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        (async () => {
            const { rowOfRecord } = await import("/js/log/records.js");
            const { SegmentStore } = await import("/js/log/store.js");
            const { SegmentTable } = await import("/js/segments/table.js");
            const store = new SegmentStore();
            const table = new SegmentTable(store);
            document.getElementById("segments-place").append(table.element);
            const numbers = () => [...table.body.children].filter((row) => !row.hidden).map((row) => row.number);
            const record = (_, index) => ({
                number: index + 1, connection: `c${(index + 1) % 10}`, direction: "out", cause: "ack",
                elapsed: index, tcp: { flags: ["ACK"], relativeSequence: 1, relativeAcknowledgment: 1 },
            });
            store.append(Array.from({ length: 100_000 }, record).map(rowOfRecord));
            const until = async (condition) => {
                while (!condition()) await frame();
            };
            await until(() => numbers().includes(100_000));
            const newest = Math.max(...numbers());
            table.setFollows(false);
            table.element.scrollTop = 50_000 * table.rowHeight;
            await until(() => numbers().includes(50_001));
            const middle = numbers();
            table.show("c3");
            await until(() => table.element.getAttribute("aria-rowcount") === "10001");
            const rows = table.element.getAttribute("aria-rowcount");
            done({ newest, middle, rows, ofOne: numbers(), elements: table.body.children.length });
        })();
        """
    )
    assert result["newest"] == 100_000
    assert 50_001 in result["middle"]
    assert result["elements"] < 150
    assert result["rows"] == "10001"
    assert all(number % 10 == 3 for number in result["ofOne"])
