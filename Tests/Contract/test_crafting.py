"""What the log shows of an option, a crafted segment takes."""

import socket

import pytest
from conftest import call


@pytest.mark.parametrize("direction", ["out", "in"])
def test_the_options_of_a_record_can_be_sent_again(service, direction):
    with socket.create_server(("127.0.0.1", 0)) as server:
        remote = f"127.0.0.1:{server.getsockname()[1]}"
        options = {"userTimeoutOption": True, "customOptions": [{"kind": 253, "hex": "0a0b", "on": "syn"}]}
        connection = call(service, "POST", "/v1/connections", {"remote": remote, **options}).json
        query = f"/v1/segments?connection={connection['id']}&flags=SYN&direction={direction}"
        (record,) = call(service, "GET", query).json["segments"]
        assert len(record["tcp"]["options"]) > 3
        crafted = call(
            service, "POST", "/v1/segments", {"remote": remote, "flags": ["SYN"], "options": record["tcp"]["options"]})
        assert crafted.status == 201, crafted
        (number,) = crafted.json["segments"]
        again = call(service, "GET", f"/v1/segments/{number}").json
        assert again["tcp"]["options"] == record["tcp"]["options"]
        service.ask("DELETE", f"/v1/connections/{connection['id']}")
