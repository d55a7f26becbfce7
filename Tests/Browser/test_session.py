"""A service that wants a token: the page asks for it, and keeps it nowhere."""

import secrets

import pytest
from conftest import BINARY, ROOT, Program


@pytest.fixture
def token(page, tmp_path):
    """The token of a service that `page` then belongs to."""
    token = secrets.token_urlsafe(24)
    (tmp_path / "token").write_text(token + "\n")
    (tmp_path / "token").chmod(0o600)
    words = [BINARY, "serve", "--public", str(ROOT / "Public"), "--listen", "127.0.0.1:0"]
    program = Program(*words, "--token-file", str(tmp_path / "token"), pattern=r"http://[\w.:]+")
    page.service = program.match.group(0)
    page.browser.get(f"{page.service}/")
    page.wait(lambda: page.one("dialog.login").is_displayed(), "the page asks for the token")
    yield token
    page.browser.get("about:blank")
    page.browser.delete_all_cookies()
    page.browser.get_log("browser")
    program.stop()


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
    page.wait(lambda: page.one("#log-out").is_displayed(), "one can log out")
    page.click("#log-out")
    page.wait(lambda: page.all("dialog.login[open]"), "the page asks again")


def test_a_wrong_token_is_refused_in_place(page, token):
    log_in(page, "wrong" + token)
    page.wait(lambda: page.one("dialog.login .problem").is_displayed(), "the refusal is told")
    assert "401" in page.one("dialog.login .problem").text
    log_in(page, token)
    page.wait(lambda: state(page) == "live", "the right one still works")
