"""A deploy as its frames, with nothing of the host's own code."""

from __future__ import annotations

from collections.abc import Sequence

from edgesdk import Bundle
from edgesdk.agent.wire.arrays import ArrayHead, array_from_wire, array_to_wire
from edgesdk.agent.wire.plain import from_plain, to_plain
from edgesdk.backend import Arrays
from edgesdk.bundle.golden import decode_vectors
from tests.agent.raw_host import Frame, Gone, RawHost

UPLOADED = 1 << 18  # bytes of one request


class MortalHost:
    """A host that dies once it has the answers to so many requests, if it does not die earlier."""

    def __init__(self, host: RawHost, answers: int = 0) -> None:
        self.host, self.requests = host, 0
        self._answers = answers

    def call(self, call: str, blobs: Sequence[bytes] = (), **arguments: object) -> Frame:
        """A request's result."""
        found, got, _ = self.host.answer(self.host.request(call, blobs, **arguments))
        assert found["kind"] == "result", found
        self.requests += 1
        if self.requests == self._answers:
            raise Gone
        return {**found["value"], "blobs": got}

    def run(self, session: int, inputs: Arrays) -> Arrays:
        """One run of a session."""
        wired = [array_to_wire(name, array) for name, array in inputs.items()]
        heads, blobs = [to_plain(head) for head, _ in wired], [bytes(blob) for _, blob in wired]
        found = self.call("run", blobs, session=session, inputs=heads)
        outputs = [from_plain(ArrayHead, head) for head in found["outputs"]]
        pairs = zip(outputs, found["blobs"], strict=True)
        return {head.name: array_from_wire(head, blob) for head, blob in pairs}


def deploy(host: MortalHost, bundle: Bundle) -> int:
    """All of a deploy; how many bytes were uploaded."""
    signed = bundle.signed
    manifest = [signed.data, signed.signature_member]
    assert all(row["fits"] for row in host.call("check", manifest)["rows"])
    host.call("begin", manifest)
    uploaded = sum(_part(host, bundle, number) for number in range(len(bundle.manifest.parts)))
    _trial(host, bundle)
    assert host.call("confirm")["model"]["version"] == bundle.manifest.version
    return uploaded


def _part(host: MortalHost, bundle: Bundle, number: int) -> int:
    part = bundle.manifest.parts[number]
    assert host.call("wants", part=to_plain(part))["wants"]
    data, key = bundle.read_part(part), {"sha256": part.sha256, "size": part.size}
    begun = at = host.call("have", **key)["size"]
    while at < len(data):
        at = host.call("upload", [data[at : at + UPLOADED]], **key, offset=at)["size"]
    assert host.call("stage", part=to_plain(part))["sha256"] == part.sha256
    return len(data) - begun


def _trial(host: MortalHost, bundle: Bundle) -> None:
    manifest = bundle.manifest
    session = host.call("trial")["session"]["session"]
    golden = next(part for part in manifest.parts if part.name == manifest.golden.part)
    for inputs, want in decode_vectors(bundle.read_part(golden), manifest):
        got = host.run(session, inputs)
        assert all((got[name] == want[name]).all() for name in want)
    host.call("close", session=session)
