"""Starts the service, an echo server and a browser; every test that uses `page` must leave its console clean."""

import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("RAWTCPWEB", str(ROOT / ".build/release/rawtcpweb"))
# Seconds that a condition may take to come true. It is only ever used up by what is broken; a busy machine is slow.
PATIENCE = 60

# Runs before any script of the page: whatever goes wrong there is kept for the end of the test.
WITNESS = """
    window.complaints = [];
    window.streams = [];
    window.EventSource = class extends EventSource {
        constructor(...words) {
            super(...words);
            streams.push(this);
        }
    };
    addEventListener("error", (event) => complaints.push(`error: ${event.message}`));
    addEventListener("unhandledrejection", (event) => complaints.push(`rejection: ${event.reason}`));
    document.addEventListener("securitypolicyviolation", (event) =>
        complaints.push(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


class Program:
    """One of our programs, running; `line` is the first line of its output that matches a pattern."""

    def __init__(self, *words, pattern):
        self.process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        self.match = self.await_line(pattern)

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def await_line(self, pattern):
        seen = []
        while True:
            try:
                line = self.lines.get(timeout=PATIENCE)
            except queue.Empty:
                line = None
            if line is None:
                self.process.kill()
                pytest.exit(f"{self.process.args} did not say {pattern!r}, only: {''.join(seen)}", returncode=1)
            seen.append(line)
            if match := re.search(pattern, line):
                return match

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@pytest.fixture(scope="session")
def binary():
    return BINARY


@pytest.fixture(scope="session")
def service(request):
    """The URL of a running service, without a slash at its end."""
    if url := os.environ.get("RAWTCPWEB_URL"):
        yield url.rstrip("/")
        return
    words = [request.getfixturevalue("binary"), "serve", "--listen", "127.0.0.1:0", "--public", str(ROOT / "Public")]
    program = Program(*words, pattern=r"http://[\w.:\[\]-]+")
    yield program.match.group(0)
    assert program.stop() == 0


@pytest.fixture(scope="session")
def echo(request):
    """The address of a running echo server."""
    if port := os.environ.get("RAWTCPWEB_ECHO"):
        yield f"127.0.0.1:{port}"
        return
    program = Program(request.getfixturevalue("binary"), "echo", "0", pattern=r"(?::|port )(\d+)")
    yield f"127.0.0.1:{program.match.group(1)}"
    program.stop()


def launch_browser():
    """A headless browser that keeps what the page complains about."""
    options = webdriver.ChromeOptions()
    options.binary_location = os.environ.get("CHROMIUM", shutil.which("chromium"))
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]:
        options.add_argument(argument)
    options.accept_insecure_certs = True  # Those of our own making.
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(os.environ.get("CHROMEDRIVER", shutil.which("chromedriver")))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(PATIENCE)
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WITNESS})
    return driver


@pytest.fixture(scope="session")
def browser():
    driver = launch_browser()
    yield driver
    driver.quit()


class Sink:
    """A server that reads and forgets, and asks for small segments."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 300)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.drain, args=(peer,), daemon=True).start()

    def drain(self, peer):
        with peer:
            while peer.recv(1 << 20):
                pass


class Page:
    """The page, and what a user does with it."""

    def __init__(self, browser, service):
        self.browser = browser
        self.service = service

    def open(self, fragment="", width=1440, height=900, scheme="light"):
        self.look(width, height, scheme)
        self.browser.get("about:blank")
        self.browser.get(f"{self.service}/{fragment}")
        self.wait(lambda: self.one("#status").get_attribute("data-state") == "live", "the page goes live")

    def look(self, width, height, scheme):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        self.wait(lambda: self.run("return innerWidth") == width, f"the window is {width} px wide")

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def run(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def texts(self, selector):
        """The texts of all elements at one moment: a live view may replace them before the next question."""
        return self.run(
            "return [...document.querySelectorAll(arguments[0])].map((element) => element.textContent)", selector
        )

    def text(self, selector):
        """The text in sight of the first element, found and read in one go; empty while there is none."""
        return self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def shown(self, selector):
        """True where the first element is in sight."""
        return self.run("return Boolean(document.querySelector(arguments[0])?.checkVisibility())", selector)

    def wait(self, condition, what, patience=PATIENCE):
        """Waits until a condition holds, and answers what it answered. An element that a live view replaces is looked for again."""
        passing = [StaleElementReferenceException]
        return WebDriverWait(self.browser, patience, poll_frequency=0.05, ignored_exceptions=passing).until(
            lambda _: condition(), f"waiting until {what}"
        )

    def expect(self, read, wanted):
        """Waits until something reads as it should; what it reads instead is told as any failed comparison is."""
        try:
            self.wait(lambda: read() == wanted, f"it reads {wanted}")
        except TimeoutException:
            assert read() == wanted

    def frames(self):
        """Lets the page draw what it has heard so far: what is asked for in one frame is there after the next."""
        self.browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")

    def point(self, selector):
        """Moves the pointer onto an element; a live view may replace it meanwhile."""
        self.wait(lambda: ActionChains(self.browser).move_to_element(self.one(selector)).perform() or True, f"{selector} is there")

    def type(self, selector, text):
        element = self.one(selector)
        element.clear()
        element.send_keys(text)

    def go(self, **members):
        """Goes to another place by the address bar, as a link does, and waits until the page has heard of it."""
        script = """
            const [members, done] = arguments;
            const words = new URLSearchParams(location.hash.slice(1));
            for (const [name, value] of Object.entries(members)) words.set(name, value);
            if (location.hash === `#${words}`) return done();
            addEventListener("hashchange", () => done(), { once: true });
            location.hash = words;
        """
        self.browser.execute_async_script(script, members)

    @property
    def connection(self):
        """The id of the chosen connection, from the address bar."""
        found = re.search(r"connection=(c\d+)", self.run("return location.hash"))
        return found and found.group(1)

    @property
    def state(self):
        return self.one("#stream-state").text

    def connect(self, remote, **options):
        """Fills in the form, presses Connect and waits for ESTABLISHED; answers the connection's id."""
        before = self.connection
        self.type("#remote", remote)
        if options and self.one("#connect details").get_attribute("open") is None:
            self.one("#connect summary").click()
        for name, value in options.items():
            self.type(f"#connect [name={name}]", str(value))
        self.click("#connect [type=submit]")
        self.wait(lambda: self.connection not in (None, before), "a connection is chosen")
        self.wait(lambda: self.state == "ESTABLISHED", "it is established")
        return self.connection

    def send(self, text):
        self.type("#payload", text)
        self.click("#send-form [type=submit]")
        self.wait(lambda: self.one("#payload").get_attribute("value") == "", "it is sent")

    @property
    def received(self):
        return "".join(self.texts(".piece.inbound pre"))

    def show_only_chosen(self):
        """Lets the table show the chosen connection alone, and waits until all of its segments so far are there."""
        if not self.one("#only-chosen").is_selected():
            self.click("#only-chosen")
        path = f"/v1/segments?connection={self.connection}&limit=1000"
        self.wait(lambda: self.count == len(self.get(path)["segments"]), "the table shows one connection")

    @property
    def count(self):
        """How many rows the table says that it has."""
        return int(self.texts("#segments-count")[0].replace(",", "") or 0)

    def row(self, *, flags=None, cause=None, click=False):
        """What the first row in sight with these flags (`"SYN ACK"`) and this cause says, by column; waits for it.

        A live table recycles its elements, so a row is found, read and clicked in one go: a handle would soon mean another.
        """
        script = """
            const [flags, cause, click] = arguments;
            const row = [...document.querySelectorAll(".rows .row:not([hidden])")]
                .sort((a, b) => a.getAttribute("aria-rowindex") - b.getAttribute("aria-rowindex"))
                .find((row) => (flags === null || row.querySelector(".flags").textContent === flags)
                    && (cause === null || row.querySelector(".cause").textContent === cause));
            if (!row || row.getClientRects().length === 0) return null;
            if (click) row.querySelector(".flags").click();
            const cells = [...row.children].map((cell) => [cell.classList[1], cell.textContent]);
            return { ...Object.fromEntries(cells), id: row.id };
        """
        return self.wait(lambda: self.run(script, flags, cause, click), f"there is a row {flags} {cause}")

    @property
    def inspected(self):
        """The number of the segment that the inspector shows."""
        shown = self.run("return document.querySelector('.inspected:not([hidden]) .summary-number')?.textContent")
        return shown and int(shown.removeprefix("#"))

    def inspect(self, **what):
        """Clicks a row until the inspector shows it; answers the segment's number."""

        def shown():
            number = int(self.row(**what, click=True)["number"].replace(",", ""))
            try:
                return self.wait(lambda: self.inspected == number and number, f"#{number} is inspected", patience=2)
            except TimeoutException:
                return None

        return self.wait(shown, f"the inspector shows a row {what}")

    def click(self, selector, text=None):
        """Clicks the first element in sight with this text, found and clicked in one go; waits until there is one."""
        script = """
            const element = [...document.querySelectorAll(arguments[0])].find((element) =>
                element.getClientRects().length > 0 && !element.disabled
                && (arguments[1] === null || element.textContent.includes(arguments[1])));
            element?.click();
            return Boolean(element);
        """
        self.wait(lambda: self.run(script, selector, text), f"{selector} {text or ''} can be clicked")

    def line(self, scope, control=None):
        """The curl line within `scope`, once `control` was pointed at."""
        script = """
            const [scope, control] = arguments;
            const place = document.querySelector(scope);
            if (control) place.querySelector(control).dispatchEvent(new PointerEvent("pointerenter"));
            return [...place.querySelectorAll(".curl-text")].find((line) => line.getClientRects().length > 0)?.textContent;
        """
        # A view that was just opened has yet to be drawn.
        return self.wait(lambda: self.run(script, scope, control), f"{scope} shows a line")

    def choose(self, selector, value):
        """Chooses an option, types into a field or drags a slider, all at once; waits for the control, or the option."""
        script = """
            const control = document.querySelector(arguments[0]);
            if (!control || (control.options && ![...control.options].some(({ value }) => value === arguments[1]))) return false;
            control.value = arguments[1];
            control.dispatchEvent(new Event("input", { bubbles: true }));
            control.dispatchEvent(new Event("change", { bubbles: true }));
            return true;
        """
        self.wait(lambda: self.run(script, selector, value), f"{selector} can be {value}")

    def call(self, method, path, body=None):
        """What the service answers to a script, behind the page's back: status and JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.service + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or "null")

    def get(self, path):
        """The JSON that the service answers, behind the page's back."""
        with urllib.request.urlopen(self.service + path, timeout=PATIENCE) as answer:
            return json.load(answer)


@pytest.fixture
def page(browser, service):
    page = Page(browser, service)
    page.open()
    browser.get_log("browser")
    yield page
    page.service = service
    for impairment in page.get("/v1/impairments")["impairments"]:
        page.call("DELETE", f"/v1/impairments/{impairment['name']}")  # Of a test that failed: the next one must not fail as well.
    # Every test begins with the page's own choices; a page without an origin has none to forget.
    complaints = page.run("if (origin !== 'null') localStorage.clear(); return window.complaints ?? []")
    # The browser logs every failed request by itself; a refusal that a test provokes is no fault of the page.
    entries = [
        entry
        for entry in browser.get_log("browser")
        if not (entry["source"] == "network" and "/v1/" in entry["message"])
    ]
    assert complaints == [] and [entry["message"] for entry in entries if entry["level"] != "INFO"] == []
