"""Raw exchanges with the running service: status, number of answers, and whether the connection stays. Every answer is
taken apart by h11, and every one carries what all of them must."""

import pytest

from conftest import parse

HOST = b"Host: localhost\r\n"
END = b"Connection: close\r\n\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\n" + HOST


def get(target, *fields, method=b"GET", version=b"1.1"):
    lines = b"".join(field + b"\r\n" for field in fields)
    return method + b" " + target + b" HTTP/" + version + b"\r\n" + HOST + lines + b"\r\n"


def post(target, body, *fields, content_type=b"application/json"):
    return get(target, b"Content-Type: " + content_type, b"Content-Length: %d" % len(body), *fields, method=b"POST") + body


LAST = get(b"/healthz", b"Connection: close")

# Name, octets, the statuses of the answers. Those that leave the connection open are followed by LAST, whose 200 shows it.
KEEPS = [
    ("health", get(b"/healthz"), [200]),
    ("readiness", get(b"/readyz"), [200]),
    ("the page", get(b"/"), [200]),
    ("the page by name", get(b"/index.html"), [200]),
    ("a module", get(b"/js/main.js"), [200]),
    ("the description", get(b"/openapi.json"), [200]),
    ("a problem page", get(b"/problems/not-found"), [200]),
    ("an unknown problem", get(b"/problems/nothing"), [404]),
    ("metrics", get(b"/metrics"), [200]),
    ("engine", get(b"/v1/engine"), [200]),
    ("session", get(b"/v1/session"), [200]),
    ("connections", get(b"/v1/connections"), [200]),
    ("listeners", get(b"/v1/listeners"), [200]),
    ("segments", get(b"/v1/segments"), [200]),
    ("segments as text", get(b"/v1/segments?format=text"), [200]),
    ("segments as lines", get(b"/v1/segments?format=ndjson"), [200]),
    ("HEAD of health", get(b"/healthz", method=b"HEAD"), [200]),
    ("HEAD of the page", get(b"/", method=b"HEAD"), [200]),
    ("HEAD of segments as text", get(b"/v1/segments?format=text", method=b"HEAD"), [200]),
    ("HEAD of nothing", get(b"/nothing", method=b"HEAD"), [404]),
    ("HEAD of an unknown connection", get(b"/v1/connections/c999", method=b"HEAD"), [404]),
    ("OPTIONS of all", get(b"*", method=b"OPTIONS"), [204]),
    ("OPTIONS of a resource", get(b"/v1/connections", method=b"OPTIONS"), [204]),
    ("OPTIONS of a file", get(b"/", method=b"OPTIONS"), [204]),
    ("TRACE", get(b"/healthz", method=b"TRACE"), [405]),
    ("TRACE of nothing", get(b"/nothing", method=b"TRACE"), [405]),
    ("PUT of a list", get(b"/v1/connections", method=b"PUT"), [405]),
    ("DELETE of a file", get(b"/index.html", method=b"DELETE"), [405]),
    ("POST of health", get(b"/healthz", method=b"POST"), [405]),
    ("an unknown method", get(b"/healthz", method=b"BREW"), [405]),
    ("a method in lower case", get(b"/healthz", method=b"get"), [405]),
    ("nothing there", get(b"/nothing"), [404]),
    ("nothing under v1", get(b"/v1/nothing"), [404]),
    ("v1 itself", get(b"/v1"), [404]),
    ("an unknown parameter", get(b"/v1/connections?colour=red"), [422]),
    ("a parameter twice is judged", get(b"/v1/connections?limit=x"), [422]),
    ("an unknown connection", get(b"/v1/connections/c999"), [404]),
    ("an unknown segment", get(b"/v1/segments/999999"), [404]),
    ("a foreign run", get(b"/v1/segments?run=00000000"), [410]),
    ("no acceptable form", get(b"/v1/connections/c1/received", b"Accept: image/png"), [406]),
    ("a body that is no JSON", post(b"/v1/connections", b"{"), [400]),
    ("a body of another type", post(b"/v1/connections", b"{}", content_type=b"text/plain"), [415]),
    ("no content type", get(b"/v1/connections", b"Content-Length: 0", method=b"POST"), [415]),
    ("a member that is missing", post(b"/v1/connections", b"{}"), [422]),
    ("an unknown member", post(b"/v1/connections", b'{"remoet": 1}'), [422]),
    ("a compressed body", post(b"/v1/connections", b"{}", b"Content-Encoding: gzip"), [415]),
    ("a target that is forbidden", post(b"/v1/connections", b'{"remote": "192.0.2.1:80"}'), [403]),
    ("0.0.0.0", post(b"/v1/connections", b'{"remote": "0.0.0.0:80"}'), [403]),
    ("broadcast", post(b"/v1/connections", b'{"remote": "255.255.255.255:80"}'), [403]),
    ("loopback's broadcast", post(b"/v1/connections", b'{"remote": "127.255.255.255:80"}'), [403]),
    ("multicast", post(b"/v1/connections", b'{"remote": "224.0.0.1:80"}'), [403]),
    ("a mapped address", post(b"/v1/connections", b'{"remote": "[::ffff:192.0.2.1]:80"}'), [403]),
    ("an address in short", post(b"/v1/connections", b'{"remote": "127.1:80"}'), [422]),
    ("a hexadecimal address", post(b"/v1/connections", b'{"remote": "0x7f000001:80"}'), [422]),
    ("an octal address", post(b"/v1/connections", b'{"remote": "0177.0.0.1:80"}'), [422]),
    ("an address as a number", post(b"/v1/connections", b'{"remote": "2130706433:80"}'), [422]),
    ("a name with a line feed", post(b"/v1/connections", b'{"remote": "127.0.0.1:9", "name": "a\\r\\nb"}'), [422]),
    ("a chunked body", get(b"/v1/segments/decode", b"Content-Type: application/json", b"Transfer-Encoding: chunked",
                           method=b"POST") + b"2\r\n{}\r\n0\r\n\r\n", [422]),
    ("continue", get(b"/v1/connections", b"Content-Type: application/json", b"Content-Length: 2",
                     b"Expect: 100-continue", method=b"POST") + b"{}", [422]),
    ("a foreign host", b"GET / HTTP/1.1\r\nHost: attacker.example\r\n\r\n", [421]),
    ("a foreign host for a file", b"GET /js/main.js HTTP/1.1\r\nHost: attacker.example\r\n\r\n", [421]),
    ("a foreign absolute target", b"GET http://attacker.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", [421]),
    ("our absolute target", b"GET http://localhost/healthz HTTP/1.1\r\nHost: attacker.example\r\n\r\n", [200]),
    ("another site's page", get(b"/v1/connections", b"Sec-Fetch-Site: cross-site"), [403]),
    ("another site's form", post(b"/v1/connections", b"{}", b"Origin: http://attacker.example"), [403]),
    ("another site's preflight", get(b"/v1/connections", b"Origin: http://attacker.example",
                                     b"Access-Control-Request-Method: POST", method=b"OPTIONS"), [403]),
    ("no origin", get(b"/v1/connections", b"Origin: null"), [403]),
    ("our own page", get(b"/v1/connections", b"Origin: http://localhost", b"Sec-Fetch-Site: same-origin"), [200]),
    ("three at once", get(b"/healthz") + get(b"/nothing") + get(b"/healthz"), [200, 404, 200]),
    ("a body nobody reads", get(b"/healthz", b"Content-Length: 5") + b"hello", [200]),
    ("an empty query", get(b"/healthz?"), [200]),
    ("traversal", get(b"/../Package.swift"), [404]),
    ("encoded dots", get(b"/%2e%2e/Package.swift"), [404]),
    ("an encoded slash", get(b"/..%2fPackage.swift"), [404]),
    ("encoded twice", get(b"/%252e%252e/Package.swift"), [404]),
    ("a backslash", get(b"/..%5cPackage.swift"), [404]),
    ("an overlong slash", get(b"/..%c0%afPackage.swift"), [404]),
    ("a NUL in a path", get(b"/index.html%00.js"), [404]),
    ("a line feed in a path", get(b"/index.html%0a"), [404]),
    ("a hidden file", get(b"/.git/config"), [404]),
    ("a directory", get(b"/js"), [404]),
    ("two slashes", get(b"//etc/passwd"), [404]),
    ("a file as a directory", get(b"/index.html/"), [404]),
    ("a field injected by the query", get(b"/v1/segments?filter=%0d%0aSet-Cookie:%20a=b"), [400, 422, 501]),
]

CLOSES = [
    ("1.0 without keep-alive", get(b"/healthz", version=b"1.0"), [200]),
    ("asked to close", LAST, [200]),
    ("a good and a bad one", get(b"/healthz") + b"BAD\r\n\r\n" + get(b"/healthz"), [200, 400]),
    ("another version", get(b"/", version=b"2.0"), [505]),
    ("no host", b"GET / HTTP/1.1\r\n\r\n", [400]),
    ("a bare line feed", b"GET / HTTP/1.1\nHost: localhost\n\n", [400]),
    ("both lengths", get(b"/v1/connections", b"Content-Length: 2", b"Transfer-Encoding: chunked", method=b"POST"), [400]),
    ("a target too long", get(b"/" + b"x" * 20_000), [414]),
    ("a head too long", get(b"/", b"X: " + b"y" * 70_000), [431]),
    ("an unknown expectation", get(b"/", b"Expect: tea"), [417]),
    ("a body too long", post(b"/v1/connections", b" " * 2_000_000), [413]),
    ("a tunnel to nowhere", b"CONNECT nothing HTTP/1.1\r\nHost: a\r\n\r\n", [400]),
]


def methods_of(octets):
    return [b"HEAD".decode()] if octets.startswith(b"HEAD") else []


def check(answers, statuses):
    assert len(answers) == len(statuses), answers
    for answer, status in zip(answers, statuses):
        assert answer.status == status, answer
        assert answer.fields["server"].startswith("rawtcpweb/")
        assert answer.fields["request-id"]
        assert answer.fields["date"]
        assert answer.fields["x-content-type-options"] == "nosniff"
        assert answer.fields["cross-origin-resource-policy"] == "same-origin"
        assert answer.fields["referrer-policy"] == "no-referrer"
        policy = answer.fields["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert "set-cookie" not in answer.fields
        assert not any(name.startswith("access-control") for name in answer.fields)
        if status >= 400 and answer.body:
            assert answer.fields["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name, octets, statuses", KEEPS, ids=[case[0] for case in KEEPS])
def test_the_connection_goes_on(service, name, octets, statuses):
    received, closed = service.talk(octets + LAST)
    assert closed
    answers = parse(received, methods_of(octets), closed)
    if statuses == [400, 422, 501]:
        statuses = [answers[0].status] if answers[0].status in statuses else [400]
    check(answers, statuses + [200])


@pytest.mark.parametrize("name, octets, statuses", CLOSES, ids=[case[0] for case in CLOSES])
def test_the_connection_ends(service, name, octets, statuses):
    received, closed = service.talk(octets)
    assert closed
    answers = parse(received, methods_of(octets), closed)
    check(answers, statuses)
    if b"HTTP/1.0" not in octets:
        assert answers[-1].fields["connection"] == "close"


SAME = ["/", "/js/main.js", "/openapi.json", "/healthz", "/problems/internal", "/v1/connections", "/v1/listeners",
        "/v1/segments", "/v1/segments?format=text", "/v1/session", "/nothing", "/v1/connections/c999"]


@pytest.mark.parametrize("target", SAME)
def test_head_is_get_without_its_content(service, target):
    whole, head = service.ask("GET", target), service.ask("HEAD", target)
    assert head.body == b""
    assert head.status == whole.status
    ignored = {"date", "request-id", "content-length", "transfer-encoding"}
    assert {k: v for k, v in head.fields.items() if k not in ignored} == \
        {k: v for k, v in whole.fields.items() if k not in ignored}
    if "content-length" in head.fields and "content-length" in whole.fields and "instance" not in whole.body.decode():
        assert head.fields["content-length"] == whole.fields["content-length"]


def test_conditional_requests_are_answered_without_content(service):
    whole = service.ask("GET", "/js/main.js")
    tag, date = whole.fields["etag"], whole.fields["last-modified"]
    for fields, status in [
        ([f"If-None-Match: {tag}"], 304),
        ([f"If-None-Match: W/{tag}"], 304),
        ([f'If-None-Match: "other", {tag}'], 304),
        (["If-None-Match: *"], 304),
        (['If-None-Match: "other"'], 200),
        ([f"If-Modified-Since: {date}"], 304),
        (["If-Modified-Since: Mon, 01 Jan 1990 00:00:00 GMT"], 200),
        (["If-Modified-Since: yesterday"], 200),
        # RFC 9110 §13.1.3: "A recipient MUST ignore If-Modified-Since if the request contains an If-None-Match".
        (['If-None-Match: "other"', f"If-Modified-Since: {date}"], 200),
    ]:
        answer = service.ask("GET", "/js/main.js", fields=fields)
        assert answer.status == status, fields
        assert answer.fields["etag"] == tag
        assert (answer.body == b"") == (status == 304)


def test_a_file_comes_in_ranges_and_only_in_the_state_that_is_meant(service):
    whole = service.ask("GET", "/js/main.js")
    part = service.ask("GET", "/js/main.js", fields=["Range: bytes=2-5", f"If-Range: {whole.fields['etag']}"])
    assert (part.status, part.body) == (206, whole.body[2:6])
    assert part.fields["content-range"] == f"bytes 2-5/{len(whole.body)}"
    beyond = service.ask("GET", "/js/main.js", fields=[f"Range: bytes={len(whole.body)}-"])
    assert (beyond.status, beyond.fields["content-range"]) == (416, f"bytes */{len(whole.body)}")
    other = service.ask("GET", "/js/main.js", fields=['If-Match: "other"'])
    assert other.status == 412 and b"/problems/precondition-failed" in other.body


@pytest.mark.parametrize("own", ["abc", "A-1_b.c", "x" * 64])
def test_a_well_formed_request_id_is_kept(service, own):
    assert service.ask("GET", "/healthz", fields=[f"Request-Id: {own}"]).fields["request-id"] == own


@pytest.mark.parametrize("own", ["", "x" * 65, "a b", "a\u00e9", "<script>"])
def test_another_request_id_is_replaced(service, own):
    assert service.ask("GET", "/healthz", fields=[f"Request-Id: {own}"]).fields["request-id"] not in ["", own]
