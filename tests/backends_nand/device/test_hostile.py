"""What a device is given that it should not be: bundles, addresses, damage to its files."""

from __future__ import annotations

import hashlib
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import edgesdk
from edgesdk.address import Address
from edgesdk.bundle import Bundle
from edgesdk.errors import DoesNotFit, EdgeError, NoDevice, UsageError, VerificationMismatch
from edgesdk_backends.nand import backend
from tests.backends_nand.device.deployed import ADDRESS, answer, deploy, rewritten, rows


def _with_model(bundle: Bundle, data: bytes, path: Path) -> Bundle:
    part = bundle.manifest.part("model")
    changed = replace(part, size=len(data), sha256=hashlib.sha256(data).hexdigest())
    parts = tuple(changed if p is part else p for p in bundle.manifest.parts)
    return rewritten(bundle, replace(bundle.manifest, parts=parts), path, **{part.name: data})


def test_a_model_part_of_another_kind_is_refused_in_the_trial(
    old: Bundle, new: Bundle, user_folder: Path
) -> None:
    deploy(old)
    wanted = answer()
    for damage in (b"", b"EDGENAND" + bytes(20), bytes(5000)):
        with _with_model(new, damage, user_folder / "bad.edge") as bad:
            with pytest.raises(EdgeError) as caught:
                deploy(bad)
            assert caught.value.exit_code in (9, 10)
    assert answer() == wanted


def test_a_manifest_that_lies_about_its_matrices_does_not_fit(
    old: Bundle, user_folder: Path
) -> None:
    for lie in ("matrix:9999999x9999999:w8a8:999999", "matrix:64x64:w8a8:1;", "surprise"):
        needs = old.manifest.requirements
        requirements = replace(needs, operators=(lie, *needs.operators))
        manifest = replace(old.manifest, requirements=requirements)
        with (
            rewritten(old, manifest, user_folder / "lie.edge") as bad,
            edgesdk.connect(ADDRESS) as device,
        ):
            assert not rows(device.check(bad.signed))["matrices"][2]


def test_a_model_part_with_any_damage_leaves_a_model_that_answers(
    old: Bundle, new: Bundle, user_folder: Path
) -> None:
    deploy(old)
    data = new.read_part(new.manifest.part("model"))
    chance, refused = random.Random(5), 0
    for _ in range(12):
        damaged = bytearray(data)
        for _ in range(chance.randrange(1, 4)):  # in the header, which says all sizes
            damaged[chance.randrange(400)] ^= 1 << chance.randrange(8)
        with _with_model(new, bytes(damaged), user_folder / "bad.edge") as bad:
            try:
                deploy(bad)
            except EdgeError as error:
                assert error.exit_code in (9, 10)
                refused += 1
        assert len(answer()) == 16
    assert refused > 6  # a digit of a constant may change no token


def test_the_same_model_for_another_target_is_refused(old: Bundle) -> None:
    with pytest.raises(DoesNotFit) as caught:
        deploy(old, "emu:nand?preset=cambricon-m")
    assert "nand:cambricon-m" in str(caught.value)


def test_there_is_nothing_between_nand_and_the_question_mark() -> None:
    with pytest.raises(NoDevice) as caught:
        backend.connect(Address("emu", "nand2"))
    assert caught.value.id == "EDGE-0330"


@pytest.mark.parametrize(
    ("options", "number"),
    [
        ("surprise=1", "EDGE-02279"),
        ("threads=0", "EDGE-02279"),
        ("results=wide", "EDGE-02279"),
        ("name=../x", "EDGE-02279"),
        ("channels=none", "EDGE-02223"),
        ("preset=cambricon-xl", "EDGE-02221"),
        ("rber=2", "EDGE-02261"),
        ("fault=fire@1", "EDGE-02255"),
    ],
)
def test_wrong_options_of_an_address(options: str, number: str) -> None:
    with pytest.raises(UsageError) as caught:
        edgesdk.connect(f"emu:nand?{options}")
    assert caught.value.id == number


def test_pages_that_are_lost_are_programmed_again(old: Bundle, user_folder: Path) -> None:
    deploy(old)
    wanted = answer()
    shutil.rmtree(user_folder / "state" / "nand" / "cambricon-s" / "flash")
    assert answer() == wanted


def _rot(folder: Path) -> None:
    """Flip a bit of the first page of the model, in the file of the flash."""
    with edgesdk.connect(ADDRESS) as device, device.open("m") as session:
        there = session._memory._there
        at = int(there.physical[0]) * there.array.geometry.stride
    path = max(folder.iterdir(), key=lambda file: file.stat().st_size)
    with path.open("r+b") as file:
        file.seek(at)
        [byte] = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 0x10]))


def test_a_page_that_rotted_on_the_host_is_programmed_again(old: Bundle, user_folder: Path) -> None:
    deploy(old)
    wanted = answer()
    _rot(user_folder / "state" / "nand" / "cambricon-s" / "flash")
    with edgesdk.connect(ADDRESS) as device:
        before = device._place.statistics().erases
        assert answer() == wanted
        assert device._place.statistics().erases > before


def test_a_page_that_rotted_under_a_session_is_not_redone_under_it(
    old: Bundle, user_folder: Path
) -> None:
    deploy(old)
    with edgesdk.connect(ADDRESS) as device, device.open("m"):
        _rot(user_folder / "state" / "nand" / "cambricon-s" / "flash")
        with pytest.raises(VerificationMismatch) as caught:
            answer()
        assert caught.value.id == "EDGE-0779"
    assert answer()
