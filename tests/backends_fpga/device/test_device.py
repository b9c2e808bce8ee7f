"""An emulated board as a device: what it refuses, what it survives, who may use it."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import pytest

import edgesdk
from edgesdk.address import Address
from edgesdk.backend import FitReport
from edgesdk.bundle import Bundle, Manifest
from edgesdk.errors import (
    DeviceUnavailable,
    DoesNotFit,
    FormatRefused,
    MissingExtra,
    NoDevice,
    UsageError,
    VerificationMismatch,
)
from edgesdk.formats.bitnet.writer import write_bitnet_folder
from edgesdk.store import bundled_source
from edgesdk_backends.fpga import backend, fit
from edgesdk_backends.fpga.boards import read_board
from edgesdk_backends.fpga.opening import open_source
from edgesdk_backends.fpga.options import OpenOptions, from_address
from edgesdk_backends.fpga.places import EmulatedPlace, has_pynq
from tests.backends_fpga.device.deployed import PROMPT, TARGET, answer, deploy, rows
from tests.decoder.models import random_model


def test_memory_is_checked_before_anything_is_erased(old: Bundle, user_folder: Path) -> None:
    model = random_model(5, vocabulary=9000, layers=1, context=2048)
    write_bitnet_folder(user_folder / "large", model.config, model.weights)
    deploy(old)
    wanted = answer()
    with edgesdk.compile(user_folder / "large", TARGET, name="m", vectors=1) as large:
        need = large.manifest.requirements.memory["cma"]
        with edgesdk.connect("emu:fpga?memory=1") as device:
            found = rows(device.check(large.signed))["cma"]
            assert found == (f"{need} bytes", f"{1 << 20} bytes", False)
            with pytest.raises(DoesNotFit) as caught:
                edgesdk.deploy(large, device)
        assert str(need) in caught.value.evidence
    assert answer() == wanted


def test_what_the_memory_is_for(old: Bundle) -> None:
    options = old.manifest.provenance.options
    for changed, words in [
        ({}, "weights, head, and a cache for 64 tokens"),
        ({"context": "2048"}, "weights, head, and a cache for 512 tokens"),
        ({"head": "host"}, "weights, and a cache for 64 tokens"),
    ]:
        provenance = replace(old.manifest.provenance, options={**options, **changed})
        manifest = replace(old.manifest, provenance=provenance)
        found = fit.rows(manifest, read_board("kv260"), {"cma": 1, "storage": 1}, False)
        [note] = [row.note for row in found if row.resource == "cma"]
        assert words in note


def test_memory_that_lacks_says_how_to_get_more(old: Bundle) -> None:
    for needs_bitstream, words in [(True, "cma=1000M on the kernel"), (False, "emu:fpga?memory=")]:
        for memory, told in [(1, True), (1 << 30, False)]:
            free = {"cma": memory, "storage": 1 << 30}
            found = fit.rows(old.manifest, read_board("kv260"), free, needs_bitstream)
            [note] = [row.note for row in found if row.resource == "cma"]
            assert (words in note) is told


def test_a_session_that_nobody_has_gives_the_accelerator_back(old: Bundle) -> None:
    deploy(old)
    with edgesdk.connect("emu:fpga") as device:
        session = device.open("m")
        with pytest.raises(DeviceUnavailable) as caught:
            device.open("m")
        assert caught.value.id == "EDGE-0569"
        assert "emu:fpga?name=second" in caught.value.next_step
        del session
        gc.collect()
        device.open("m").close()


def checked(manifest: Manifest, bitstream: bool = False) -> dict[str, tuple[str, str, bool]]:
    free = {"cma": 1 << 30, "storage": 1 << 30}
    found = fit.rows(manifest, read_board("kv260"), free, bitstream)
    return rows(FitReport(tuple(found)))


def test_sizes_and_versions_are_checked(old: Bundle) -> None:
    manifest = old.manifest
    assert all(row[2] for row in checked(manifest).values())
    for operators, said in [
        (("accelerator:hidden:2576",), False),
        (("accelerator:hidden:2560",), True),
        (("accelerator:colour:3",), False),
        (("ai.onnx:Add:14",), False),
        (("accelerator:hidden:9999999999999",), False),
    ]:
        needs = replace(manifest.requirements, operators=operators)
        assert checked(replace(manifest, requirements=needs))["sizes"][2] is said
    for runtime, resource in [
        ({"edgesdk-accelerator": ">=2"}, "edgesdk-accelerator"),
        ({"onnxruntime": ">=1"}, "onnxruntime"),
        ({}, "engine"),
    ]:
        needs = replace(manifest.requirements, runtime=runtime)
        assert not checked(replace(manifest, requirements=needs))[resource][2]


def test_a_board_needs_a_bitstream_in_the_bundle(old: Bundle) -> None:
    found = fit.rows(old.manifest, read_board("kv260"), {"cma": 1 << 30, "storage": 1 << 30}, True)
    [row] = [row for row in found if row.resource == "bitstream"]
    assert (row.available, row.fits) == ("none", False)
    assert "docs/fpga.md" in row.note


def test_without_pynq_a_board_says_so(user_folder: Path) -> None:
    if has_pynq():
        pytest.skip("pynq is installed here")
    with pytest.raises(MissingExtra) as caught:
        edgesdk.connect("pynq:")
    assert "edgesdk[pynq]" in caught.value.next_step
    assert not [info for info in edgesdk.devices() if info.backend == "fpga"]
    with pytest.raises(NoDevice):
        edgesdk.connect("pynq:kv260")


def test_weights_that_were_changed_in_the_store(old: Bundle, user_folder: Path) -> None:
    deploy(old)
    [path] = (user_folder / "state").rglob("accelerator.bin")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(VerificationMismatch) as caught:
        answer()
    assert caught.value.id == "EDGE-0752"


def test_weights_that_were_changed_in_a_bundle(made: Path, old: Bundle, user_folder: Path) -> None:
    part = old.manifest.part("model")
    _, offset = old.located(part)
    content = bytearray((made / "1.0.0.edge").read_bytes())
    content[offset + part.size // 2] ^= 1
    path = user_folder / "changed.edge"
    path.write_bytes(content)
    with pytest.raises(FormatRefused) as caught:
        edgesdk.load(path, "emu:fpga")
    assert caught.value.id == "EDGE-0816"


def test_one_session_at_a_time_on_a_board(old: Bundle) -> None:
    deploy(old)
    wanted = answer()
    with edgesdk.load("m", "emu:fpga") as session:
        with pytest.raises(DeviceUnavailable) as caught:
            answer()  # another program
        assert caught.value.id == "EDGE-0560"
        with edgesdk.connect("emu:fpga") as other:  # looking is always allowed
            assert [model.name for model in other.models()] == ["m"]
        assert session.run({"tokens": PROMPT})["continuation"].tolist() == wanted
    deploy(old, "emu:fpga?name=second")
    with edgesdk.load("m", "emu:fpga"):
        assert answer("emu:fpga?name=second") == wanted


def test_a_deploy_waits_for_nobody_else_s_session(old: Bundle, new: Bundle) -> None:
    deploy(old)
    wanted = answer()
    with edgesdk.load("m", "emu:fpga"), pytest.raises(DeviceUnavailable):
        deploy(new)
    assert answer() == wanted


@pytest.mark.parametrize("option", ["context=3", "head=host", "rescore=0", "engine=numpy"])
def test_options_of_the_address_reach_the_session(old: Bundle, option: str) -> None:
    deploy(old)
    with edgesdk.load("m", f"emu:fpga?{option}") as session:
        assert session.context == (3 if option == "context=3" else 64)  # type: ignore[attr-defined]
        logits = session.prefill([1, 5, 2])  # type: ignore[attr-defined]
        assert logits.shape == (96,)


def test_the_shape_of_a_bundle(old: Bundle) -> None:
    found = backend.shape(old)
    assert (found.hidden, found.layers, found.activation) == (64, 2, "relu2")


@pytest.mark.parametrize(
    "wrong", [{"rescore": "9" * 12}, {"rescore": "257"}, {"rescore": "many"}, {"head": "roof"}]
)
def test_options_that_no_compiler_writes(old: Bundle, wrong: dict[str, str]) -> None:
    """A number that is too long is refused, and not cut to one that is not."""
    options = {**old.manifest.provenance.options, **wrong}
    provenance = replace(old.manifest.provenance, options=options)
    source = bundled_source(old)
    changed = replace(source, manifest=replace(old.manifest, provenance=provenance))
    address = from_address(Address.parse("emu:fpga?memory=64"))
    place = EmulatedPlace(read_board("kv260"), address)
    with pytest.raises(UsageError) as caught:
        open_source(changed, place, OpenOptions())
    assert caught.value.id == "EDGE-02181"
    [key] = wrong
    assert key in caught.value.evidence
    open_source(source, place, OpenOptions()).close()
