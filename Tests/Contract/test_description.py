"""Schemathesis reads openapi.json and tries what it describes, and what it forbids: no answer is a 500, and none has a
status, a content type or a body that the description does not know."""

import schemathesis
from hypothesis import HealthCheck, Phase, settings, seed
from schemathesis.checks import content_type_conformance, not_a_server_error, response_schema_conformance
from schemathesis.checks import status_code_conformance

import json
import os
import pytest

from conftest import PATIENCE, ROOT, Service

DESCRIPTION = json.loads((ROOT / "Public/openapi.json").read_text())
# Always the same, so that a test fails for everybody or for nobody; SEEDS=fresh looks for what nobody has met yet. A failure
# shows it among the captured output, so that SEED can repeat it.
FRESH = int.from_bytes(os.urandom(4), "big")
SEED = int(os.environ.get("SEED", FRESH if os.environ.get("SEEDS") == "fresh" else 19_890_602))
# Operations that run scripts or prove things on the host take seconds by design; what they answer is tested elsewhere.
SLOW = {"diagnose"}

# Version 3.1 of OpenAPI is behind a switch in this release of schemathesis.
schemathesis.experimental.OPEN_API_3_1.enable()


@schemathesis.serializer("text/x-packetdrill")
class ScriptSerializer:
    def as_requests(self, context, value):
        return {"data": str(value).encode()}

    def as_werkzeug(self, context, value):
        return {"data": str(value).encode()}


schema = schemathesis.from_dict(DESCRIPTION)


@pytest.fixture(scope="module")
def service():
    running = Service("--limit", "bodyTimeout=2s")
    yield running
    running.stop()


@schema.exclude(operation_id=SLOW).parametrize()
@seed(SEED)
@settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    database=None,
)
def test_the_answers_are_as_described(case, service):
    print(f"SEED={SEED}")
    # Waiting is tested elsewhere, and would only make this slow.
    query = case.query or {}
    for name in ["wait", "timeout", "follow"]:
        query.pop(name, None)
    case.query = query
    if case.method.upper() == "POST" and case.path == "/v1/connections":
        case.query["wait"] = "none"
    response = case.call(base_url=service.url, timeout=PATIENCE, headers={"Host": "localhost"})
    # RFC 8259 §8.1: JSON is UTF-8, whatever a guess by the octets' frequencies says.
    response.encoding = "utf-8"
    case.validate_response(
        response,
        checks=(
            not_a_server_error_but_what_is_meant, status_code_conformance, content_type_conformance,
            response_schema_conformance,
        ),
    )


def not_a_server_error_but_what_is_meant(context, response, case):
    """501, 502, 503 and 504 say something about a peer, or about what is not built: each is described."""
    if response.status_code != 500:
        return None
    return not_a_server_error(context, response, case)
