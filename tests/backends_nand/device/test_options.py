"""Options of addresses and of compiling: what they mean, and that none is ignored."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import edgesdk
from edgesdk.address import Address
from edgesdk.errors import ModelRefused, UsageError
from edgesdk_backends.nand.design.parameters import PARAMETERS
from edgesdk_backends.nand.options import _ADDRESS, AddressOptions, from_address, from_compile
from edgesdk_backends.nand.reliability.options import OPTIONS
from tests.models.bitnet_random import random_bitnet
from tests.models.llama2c_random import random_llama2c

HEADER = Path(__file__).parents[3] / "backends/nand/native/cells_split.h"


def read(text: str) -> AddressOptions:
    return from_address(Address.parse(text))


def test_an_address_without_options() -> None:
    found = read("emu:nand")
    assert (found.name, found.design.design.name) == ("cambricon-l", "cambricon-l")
    assert not found.opening.errors.active
    assert found.opening.context == 0


def test_everything_that_an_address_can_say() -> None:
    found = read(
        "emu:nand?preset=cambricon-s&channels=4&name=b&state=/tmp/x&context=9&threads=2"
        "&results=saturate&rber=1e-4&seed=7&correction=secded&copies=4&fault=cut@3+tear@half"
    )
    assert found.design.design.channels == 4
    assert (found.name, found.state) == ("b", Path("/tmp/x"))
    opening = found.opening
    assert (opening.context, opening.threads, opening.results) == (9, 2, "saturate")
    errors = opening.errors
    assert (errors.rber, errors.seed, errors.correction, errors.copies) == (1e-4, 7, "secded", 4)
    assert (found.faults.cut, found.faults.tear) == (3, "half")


@pytest.mark.parametrize("key", sorted(PARAMETERS))
def test_every_parameter_of_a_design_is_an_option(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(f"emu:nand?{key}=?")
    assert caught.value.id == "EDGE-02223"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("rbr=1", "rber"),
        ("chanels=3", "channels"),
        ("contxt=3", "context"),
        ("presets=aif", "preset"),
    ],
)
def test_an_unknown_option_is_told_with_those_near_it(wrong: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(f"emu:nand?{wrong}")
    assert caught.value.id == "EDGE-02279"
    assert caught.value.evidence.startswith("near it: ")
    assert told in caught.value.evidence


def test_an_option_like_no_other_is_told_with_all() -> None:
    with pytest.raises(UsageError) as caught:
        read("emu:nand?zzzzzz=1")
    for known in (*_ADDRESS, *OPTIONS, "preset", "docs/nand-design.md"):
        assert known in caught.value.evidence


def test_no_more_threads_are_taken_than_the_kernels_start() -> None:
    [most] = re.findall(r"EDGE_NAND_MOST_THREADS = ([0-9]+)", HEADER.read_text())
    assert read(f"emu:nand?threads={most}").opening.threads == int(most)
    with pytest.raises(UsageError) as caught:
        read(f"emu:nand?threads={int(most) + 1}")
    assert caught.value.id == "EDGE-02279"


@pytest.mark.parametrize("detail", ["copies=4", "compare=signed"])
def test_details_of_no_correction_are_not_ignored(detail: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(f"emu:nand?{detail}")
    assert caught.value.id == "EDGE-02283"


@pytest.mark.parametrize(
    "wrong",
    ["weights=w2", "context=0", "cache=float8", "correction=hope", "copies=0", "compare=all"],
)
def test_wrong_compile_options(wrong: str) -> None:
    key, _, value = wrong.partition("=")
    with pytest.raises(UsageError) as caught:
        from_compile("nand:cambricon-s", {key: value})
    assert caught.value.id == "EDGE-02280"


def test_options_as_they_took_effect_are_in_the_bundle(user_folder: Path) -> None:
    source = user_folder / "m.bin"
    source.write_bytes(random_llama2c(3))
    given = {"weights": "w4a16", "cache": "int8", "correction": "secded", "copies": "1"}
    with edgesdk.compile(source, "nand:aif", vectors=1, options=given) as bundle:
        assert bundle.manifest.provenance.options == {**given, "context": "64"}
    with edgesdk.compile(source, "nand:aif", vectors=1) as bundle:
        assert bundle.manifest.provenance.options == {
            "weights": "w8a8",
            "cache": "float16",
            "correction": "exact",
            "context": "64",
        }


def test_a_context_that_is_too_short_to_prove_the_model(user_folder: Path) -> None:
    source = random_bitnet(user_folder / "m", 22)
    with pytest.raises(UsageError) as caught:
        edgesdk.compile(source, "nand:cambricon-s", options={"context": "3"})
    assert caught.value.id == "EDGE-02185"
    notes: list[str] = []
    with edgesdk.compile(
        source,
        "nand:cambricon-s",
        options={"context": "20"},
        vectors=1,
        on_note=notes.append,
    ) as bundle:
        assert bundle.manifest.provenance.options["context"] == "20"
    assert any("20 of the 64 positions" in note for note in notes)


def test_only_decoders_are_taken(user_folder: Path) -> None:
    from tests.models.variants import scale_onnx

    with pytest.raises(ModelRefused) as caught:
        edgesdk.compile(scale_onnx(user_folder, 2), "nand:cambricon-s")
    assert caught.value.id == "EDGE-02175"


def test_a_code_that_the_weights_do_not_have(user_folder: Path) -> None:
    source = random_bitnet(user_folder / "m", 22)
    with pytest.raises(UsageError) as caught:
        edgesdk.compile(source, "nand:cambricon-s", options={"correction": "exact"})
    assert caught.value.id == "EDGE-02259"
