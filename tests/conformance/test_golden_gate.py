"""Wrong answers and wrong bytes are refused, and the old model stays."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO

import pytest

import edgesdk
from edgesdk import (
    Bundle,
    BundleRefused,
    Device,
    DeviceReverted,
    LinkFailed,
    SignatureRefused,
    VerificationMismatch,
)
from edgesdk.bundle import Part
from edgesdk.bundle.golden import decode_vectors, encode_vectors
from tests.conformance.bench import Bench, StillOld
from tests.conformance.columns import GOLDEN, column

pytestmark = column(GOLDEN)
Tell = Callable[[int], None]


def test_a_wrong_answer_reverts(bench: Bench, device: Device, installed: StillOld) -> None:
    good = bench.bundle(3, version="1.1.0")
    manifest = good.manifest
    golden = manifest.part("golden")
    vectors = decode_vectors(good.read_part(golden), manifest)
    wrong = [(i, {k: v + v.dtype.type(1) for k, v in o.items()}) for i, o in vectors]
    data = encode_vectors(manifest.inputs, manifest.outputs, wrong)
    bad = bench.with_parts(good, {golden.name: data})
    with pytest.raises(DeviceReverted) as caught:
        edgesdk.deploy(bad, device)
    assert caught.value.exit_code == 10
    assert "golden vector 0" in caught.value.evidence
    assert installed()
    edgesdk.deploy(good, device)
    assert bench.answers(3)


def test_bytes_that_change_on_the_way_are_noticed(
    bench: Bench, device: Device, installed: StillOld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bit of each part in turn: the device says what it holds, or that it is not signed."""
    stage = device.stage
    with bench.bundle(3) as bundle:
        for changed in filter(device.wants, bundle.manifest.parts):

            def other(part: Part, stream: BinaryIO, tell: Tell, at: Part = changed) -> str:
                data = bytearray(stream.read())
                data[len(data) // 2] ^= part is at
                return stage(part, BytesIO(data), tell)

            monkeypatch.setattr(device, "stage", other)
            with pytest.raises((VerificationMismatch, SignatureRefused, LinkFailed)):
                edgesdk.deploy(bundle, device)
            assert installed(), changed.name


def test_the_weights_of_another_model(bench: Bench, device: Device, installed: StillOld) -> None:
    """They load and run, and answer something else than the golden vectors say."""
    good, other = bench.bundle(3, version="1.1.0"), bench.bundle(4)
    golden = good.manifest.part("golden").name
    others = {p.name: other.read_part(p) for p in other.manifest.parts if p.name != golden}
    mixed = bench.with_parts(good, others)
    with pytest.raises(DeviceReverted) as caught:
        edgesdk.deploy(mixed, device)
    assert caught.value.exit_code == 10
    assert "golden vector 0" in caught.value.evidence
    assert installed()


@pytest.mark.parametrize("eighth", [3, 5, 7])
def test_a_damaged_model(bench: Bench, device: Device, installed: StillOld, eighth: int) -> None:
    """A stretch of the model is inverted, and hashed and signed as it then is.

    The device says no, or what was damaged plays no part and its answers are right.
    """
    good = bench.bundle(3, version="1.1.0")
    data = bytearray(good.read_part(_model(good)))
    start = len(data) * eighth // 8
    stretch = slice(start, start + max(4, len(data) // 64))
    data[stretch] = bytes(byte ^ 0xFF for byte in data[stretch])
    try:
        edgesdk.deploy(bench.with_parts(good, {_model(good).name: bytes(data)}), device)
    except (DeviceReverted, BundleRefused, VerificationMismatch):
        assert installed()
    else:
        assert bench.answers(3)


def _model(bundle: Bundle) -> Part:
    return bundle.manifest.part("model")
