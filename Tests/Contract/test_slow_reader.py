"""A reader of the log that does not keep up costs the engine nothing: above all it does not hold the memory that the log's ring
would use again. Fresh memory shows as page faults of the engine's thread, and those can be counted on a busy machine too."""

import pathlib

from check_slow_reader import OCTETS, SEGMENT, Sink, readers_of, transfer
from conftest import Service

PAGE = 4_096
# Of what the transfers put into the ring: whoever takes new pages now and then holds the ring for some milliseconds.
FRESH = 0.25
# Fewer than a transfer and its acknowledgments.
SEGMENTS = OCTETS // SEGMENT


def page_faults(service):
    """Page faults of the engine's thread so far."""
    for task in pathlib.Path(f"/proc/{service.process.pid}/task").iterdir():
        if (task / "comm").read_text().strip() == "engine":
            # proc(5): minflt is the tenth field, the eighth behind the name.
            return int((task / "stat").read_text().rpartition(")")[2].split()[7])
    raise AssertionError("there is no thread of the engine")


def test_slow_readers_do_not_make_the_engine_take_fresh_memory():
    # Rings that are full use their memory again. That of payloads takes 64 MiB; that of records would still be filling up.
    service, sink, payload = Service("--log-segments", str(SEGMENTS)), Sink(), bytes(OCTETS)
    for _ in range(4):
        transfer(service, sink, payload)
    readers = readers_of(service)
    # Until the buffers on the way to them are full they are as fast as any, and are given what is new.
    for _ in range(2):
        transfer(service, sink, payload)
    before = page_faults(service)
    for _ in range(2):
        transfer(service, sink, payload)
    faults = page_faults(service) - before
    for reader in readers:
        reader.stop()
    service.stop()
    assert faults < FRESH * 2 * OCTETS / PAGE, faults
