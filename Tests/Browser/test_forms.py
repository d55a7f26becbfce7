"""The forms: they reach every member of the contract, allow what is wrong, and show a refusal beside its field."""

import json
import shlex

from selenium.webdriver import Keys


def asked(line):
    """The body in a curl line."""
    words = shlex.split(line)
    return json.loads(words[words.index("--json") + 1])


def refused(page, scope):
    """The name of the control that a refusal stands behind."""
    page.wait(lambda: page.shown(f"{scope} .problem"), "the refusal is shown")
    script = "return document.querySelector(`${arguments[0]} [data-refused]`)?.name"
    return page.wait(lambda: page.run(script, scope), "a field is marked")


def members(schema, document, prefix=""):
    """The members of a schema, those within objects with dots."""
    schema = document["components"]["schemas"][schema] if isinstance(schema, str) else schema
    names = set()
    for name, value in schema["properties"].items():
        inner = [value, *value.get("anyOf", []), *value.get("oneOf", [])]
        references = [part["$ref"].split("/")[-1] for part in inner if "$ref" in part]
        inside = next((document["components"]["schemas"][one] for one in references if one == "KeepAlive"), value)
        names |= members(inside, document, f"{prefix}{name}.") if "properties" in inside else {prefix + name}
    return names


def names_in(page, scope):
    """The members that the controls within `scope` stand for."""
    script = "return [...document.querySelectorAll(`${arguments[0]} [name]`)].map(({ name, dataset }) => dataset.path ?? name)"
    return set(page.run(script, scope))


def test_the_connect_form_reaches_every_member_of_the_contract(page):
    page.click("#connect summary")
    page.click("#connect .groups button", "Add an option")
    known = names_in(page, "#connect")
    wanted = members("ConnectionRequest", page.get("/openapi.json"))
    assert {name for name in wanted if name not in known and f"{name}.0.kind" not in known} == set()


def test_the_crafting_form_reaches_every_member_of_the_contract(page):
    page.open("#view=lab&lab=craft")
    known = names_in(page, "#lab .craft")
    wanted = members("CraftRequest", page.get("/openapi.json"))
    # By the picture's flags, and by the same fields with "Count from the initial sequence numbers".
    others = {"flags", "relativeSequence", "relativeAcknowledgment"}
    assert wanted - known - others == set()
    assert "isRelative" in known and len(page.all("#lab .craft [data-flag]")) > 9


def test_advanced_options_of_a_connection_are_sent_as_they_were_set(page, echo):
    page.click("#connect summary")
    page.click("#connect [name=keepAlive]")
    page.choose("#connect [name='keepAlive.count']", "3")
    page.choose("#connect [name=windowScale]", "none")
    page.choose("#connect [name=congestion]", "newreno")
    page.choose("#connect [name=payload]", "first words")
    page.click("#connect .groups button", "Add an option")
    page.choose("#connect [name='customOptions.0.hex']", "0a0b")
    body = asked(page.line("#connect"))
    assert body["keepAlive"] == {"count": 3} and body["windowScale"] is None and body["payload"] == {"text": "first words"}
    assert body["customOptions"] == [{"kind": 253, "hex": "0a0b", "on": "syn"}]
    connection = page.connect(echo)
    shown = page.get(f"/v1/connections/{connection}")
    assert shown["options"]["keepAlive"]["count"] == 3 and shown["congestion"]["algorithm"] == "newreno"
    assert shown["negotiated"]["windowScale"] is False
    page.wait(lambda: page.received == "first words", "the first octets come back")
    syn = page.get(f"/v1/segments?connection={connection}&limit=1")["segments"][0]
    assert any(option["kind"] == 253 for option in syn["tcp"]["options"])


def test_a_problem_of_a_kind_stands_beside_the_field_that_it_is_about(page):
    page.type("#remote", "192.0.2.1:80")
    page.click("#connect [type=submit]")
    assert refused(page, "#connect") == "remote"
    assert "--allow-target" in page.text("#connect .problem")


def test_an_unknown_patience_stands_beside_its_parameter(page, echo):
    page.type("#remote", echo)
    page.click("#connect summary")
    page.choose("#connect [name='?timeout']", "soon")
    page.click("#connect [type=submit]")
    assert refused(page, "#connect") == "?timeout"


def craft(page, **values):
    page.open("#view=lab&lab=craft")
    for name, value in values.items():
        page.choose(f"#lab .craft [name='{name.replace('_', '.')}']", value)


def test_what_no_field_can_hold_is_sent_all_the_same_and_refused_in_place(page, echo):
    craft(page, remote=echo, window="99999", ip_ttl="x")
    marked = page.run("return [...document.querySelectorAll('#lab .craft .illegal input')].map(({ name }) => name)")
    assert sorted(marked) == ["ip.ttl", "window"]
    assert asked(page.line("#lab .craft"))["window"] == 99999
    page.click("#lab .craft [type=submit]")
    assert refused(page, "#lab .craft") in ("window", "ip.ttl")
    page.wait(lambda: page.one("#lab .craft [name=window]").get_attribute("aria-invalid") == "true", "the field is marked")
    assert "65535" in page.text("#lab .craft")


def test_fragments_are_drawn_and_sent_as_drawn(page, echo):
    craft(page, remote=echo, payload="x" * 36, ip_fragmentSize="24", ip_fragmentOverlap="8", ip_id="7")
    page.choose("#lab .craft [name='?wait']", "")
    bars = page.texts("#lab .fragments li")
    assert bars[0].startswith("offset 0") and bars[1].startswith("offset 2")
    page.click("#lab .craft [type=submit]")
    page.expect(lambda: len(page.texts("#lab .craft-result .segment-link")), len(bars))


def test_a_payload_is_cut_in_pairs_and_counted_relatively(page, echo):
    connection = page.connect(echo)
    page.open(f"#view=lab&lab=craft&connection={connection}")
    page.choose("#lab .craft [name=connection]", connection)
    page.click("#lab .craft [name=isRelative]")
    page.choose("#lab .craft [name=sequence]", "1")
    page.choose("#lab .craft [name=payload]", "abcdef")
    page.choose("#lab .craft [name=pairs]", "out-of-order")
    body = asked(page.line("#lab .craft"))
    assert body["relativeSequence"] == 1 and body["flags"] == ["ACK"] and body["pairs"] == "out-of-order"
    assert page.texts("#lab .fragments li") == ["octets 3–5", "octets 0–2"]
    page.click("#lab .craft [type=submit]")
    page.expect(lambda: len(page.texts("#lab .craft-result p:first-child .segment-link")), 2)
    first, second = [int(text[1:]) for text in page.texts("#lab .craft-result p:first-child .segment-link")]
    sent = [page.get(f"/v1/segments/{number}")["tcp"]["relativeSequence"] for number in (first, second)]
    assert sent == [4, 1]


def test_an_option_is_added_from_the_menu(page, echo):
    craft(page, remote=echo)
    page.choose("#lab .segment-editor [aria-label='Add an option']", "020405b4")
    assert asked(page.line("#lab .craft"))["options"] == [{"kind": 2, "hex": "05b4"}]
    page.choose("#lab .segment-editor [aria-label='Add an option']", "0900")
    assert asked(page.line("#lab .craft"))["options"] == [{"raw": "020405b40900"}]


def test_a_held_segment_is_edited_in_its_picture_before_it_goes_on(page, echo):
    connection = page.connect(echo)
    hold = {"name": "test-edit", "type": "hold", "stream": "upstream", "connection": connection, "attributes": {"match": "data"}}
    assert page.call("POST", "/v1/impairments", hold)[0] == 201
    page.call("POST", f"/v1/connections/{connection}/send?wait=none", {"text": "wait"})
    page.go(view="lab", lab="impairments")
    card = "[data-name=test-edit]"
    page.click(f"{card} .held button", "Edit")
    page.wait(lambda: page.all(f"{card} .segment-editor"), "its picture is shown")
    before = bytes.fromhex(page.run("return document.querySelector('.held-editing .craft-dump').textContent"))
    assert before.endswith(b"wait")
    page.choose(f"{card} [name=payload]", "edit")
    assert asked(page.line(card, ".held-editing > button"))["edit"] == {"payload": {"text": "edit"}}
    page.click(f"{card} .held-editing > button")
    page.go(view="stream")
    page.wait(lambda: page.received == "edit", "the edited octets come back")
    page.call("DELETE", "/v1/impairments/test-edit")


def test_a_custom_option_is_registered_carried_and_decoded_by_name(page, echo):
    page.open("#view=lab&lab=options")
    page.choose("#lab .lab-form [name=name]", "testDelay")
    page.choose("#lab [name='fields.0.value']", "40")
    page.one("#lab [name='fields.0.value']").send_keys(Keys.ENTER)
    page.wait(lambda: page.all("[data-name=testDelay]"), "it is listed")
    page.go(view="segments")
    connection = page.connect(echo)
    page.send("carried")
    sent = f"/v1/segments?connection={connection}&direction=out"
    carrying = lambda: [record["number"] for record in page.get(sent)["segments"] if record["payload"]["length"] == 7]
    number = page.wait(carrying, "it is sent")[0]
    page.go(segment=number)
    page.expect(lambda: page.inspected, number)
    row = next(text for text in page.texts(".field-row") if "testDelay" in text)
    assert "40" in row
    page.go(view="lab", lab="options")
    page.click("[data-name=testDelay] button", "Remove")
    page.wait(lambda: page.all("[data-name=testDelay]") == [], "it is gone")


def test_an_option_that_is_wrong_is_refused_beside_its_field(page):
    page.open("#view=lab&lab=options")
    page.choose("#lab [name='fields.0.type']", "u17")
    page.click("#lab .lab-form [type=submit]")
    assert refused(page, "#lab .lab-form") == "fields.0.type"
