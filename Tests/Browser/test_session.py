"""A service that wants a token: the page asks for it, and keeps it nowhere."""

import secrets
import subprocess

import pytest
from conftest import BINARY, ROOT, Program


@pytest.fixture(params=["http", "https"])
def token(page, tmp_path, request):
    """The token of a service that `page` then belongs to, in the clear and by TLS."""
    token = secrets.token_urlsafe(24)
    (tmp_path / "token").write_text(token + "\n")
    (tmp_path / "token").chmod(0o600)
    words = [BINARY, "serve", "--public", str(ROOT / "Public"), "--listen", "127.0.0.1:0", "--token-file", str(tmp_path / "token")]
    if request.param == "https":
        words += certificate(tmp_path)
    program = Program(*words, pattern=request.param + r"://[\w.:]+")
    page.service = program.match.group(0)
    page.browser.get(f"{page.service}/")
    page.wait(lambda: page.shown("dialog.login"), "the page asks for the token")
    yield token
    page.browser.get("about:blank")
    page.browser.delete_all_cookies()
    page.browser.get_log("browser")
    program.stop()


def certificate(folder):
    """The flags for a certificate of our own making."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    words = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(["openssl", "req", "-x509", *words, "-keyout", key, "-out", cert], check=True, capture_output=True)
    key.chmod(0o600)
    return ["--tls-cert", str(cert), "--tls-key", str(key)]


def log_in(page, token):
    page.type("#token", token)
    page.click("dialog.login [type=submit]")


def state(page):
    return page.run("return document.querySelector('#status')?.dataset.state")


def test_the_right_token_opens_the_page_and_is_kept_nowhere(page, token):
    log_in(page, token)
    page.wait(lambda: state(page) == "live", "the page goes live")
    kept = page.run(
        "return location.href + document.cookie + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage })"
    )
    assert token not in kept
    cookies = page.browser.get_cookies()
    assert [(cookie["httpOnly"], cookie["sameSite"]) for cookie in cookies] == [(True, "Strict")] and token not in str(cookies)
    assert cookies[0]["secure"] == cookies[0]["name"].startswith("__Host-") == page.service.startswith("https")
    page.wait(lambda: page.one("#log-out").is_displayed(), "one can log out")
    page.click("#log-out")
    page.click("dialog[open] button", "Log out")
    page.wait(lambda: page.all("dialog.login[open] #token"), "the page asks again")


def test_a_wrong_token_is_refused_in_place(page, token):
    log_in(page, "wrong" + token)
    page.wait(lambda: page.one("dialog.login .problem").is_displayed(), "the refusal is told")
    page.wait(lambda: "401" in page.text("dialog.login .problem"), "the status is told")
    log_in(page, token)
    page.wait(lambda: state(page) == "live", "the right one still works")


def test_the_curl_lines_send_the_shells_own_token(page, token, echo):
    assert token not in page.line("dialog.login") and "TOKEN" in page.line("dialog.login")
    log_in(page, token)
    page.wait(lambda: state(page) == "live", "the page goes live")
    page.type("#remote", echo)
    line = page.line("#connect")
    assert token not in line
    answer = subprocess.run(
        ["sh", "-c", f"{line} -s -k -o /dev/null -w '%{{http_code}}'"], capture_output=True, text=True, env={"TOKEN": token, "PATH": "/usr/bin:/bin"}
    )
    assert answer.stdout == "201"
    page.wait(lambda: page.all(".item"), "the page shows what the shell has opened")
