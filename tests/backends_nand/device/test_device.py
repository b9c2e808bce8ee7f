"""An emulated device as a whole: what it refuses, what it survives, who may use it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import edgesdk
from edgesdk.backend import DoubtfulDevice, LoggingDevice
from edgesdk.bundle import Bundle
from edgesdk.errors import (
    DeviceReverted,
    DeviceUnavailable,
    DoesNotFit,
    EdgeError,
    UsageError,
)
from edgesdk_backends.nand.design.preset import preset_names
from edgesdk_backends.nand.options import from_compile
from tests.backends_nand.device.deployed import (
    ADDRESS,
    PROMPT,
    TARGET,
    answer,
    deploy,
    rewritten,
    rows,
)
from tests.models.bitnet_random import random_bitnet

SMALL = f"{ADDRESS}&channels=1&chips=1&blocks=4&pages=1"


def test_a_check_tells_every_number(old: Bundle) -> None:
    with edgesdk.connect(ADDRESS) as device:
        found = rows(device.check(old.signed))
        free = device.info.memory["flash"]
    assert found["target"] == (TARGET, TARGET, True)
    pages, available, fits = found["flash pages"]
    assert (int(available) * 16384, fits) == (free, True)
    assert 0 < int(pages) < 100
    assert found["spare bytes of a page"] == ("1152 for the correction", "1632", True)
    assert found["dram"][2]
    assert found["matrices"][0].startswith("9, ")
    assert found["matrices"][2]


def test_a_model_larger_than_the_flash_is_refused_with_numbers(old: Bundle) -> None:
    with edgesdk.connect(SMALL) as device:
        found = rows(device.check(old.signed))
        needed, available, fits = found["pages of the fullest die"]
        assert int(needed) > int(available)
        assert not fits
        with pytest.raises(DoesNotFit) as caught:
            edgesdk.deploy(old, device)
    assert f"needs {needed}, has {available}" in caught.value.evidence
    assert "larger model than the flash" in caught.value.evidence


def test_a_check_is_of_the_correction_that_the_address_names(old: Bundle) -> None:
    for correction, fits, told in [
        ("words", True, "1152 for the correction"),
        ("none", True, "0 for the correction"),
        ("exact", False, "a correction that fits"),
    ]:
        with edgesdk.connect(f"{ADDRESS}&correction={correction}") as device:
            found = rows(device.check(old.signed))["spare bytes of a page"]
        assert (found[0], found[2]) == (told, fits)


def test_a_flash_with_room_for_two_models_takes_one_after_another(old: Bundle, new: Bundle) -> None:
    address = f"{ADDRESS}&channels=1&chips=1&blocks=5&pages=2&spare_blocks=0&factory_bad=0"
    with edgesdk.connect(address) as device:
        for version in ("3.0.0", "4.0.0", "5.0.0"):
            edgesdk.deploy(old if version == "4.0.0" else new, device)
            source = replace(new.manifest, version=version)
            with rewritten(new, source, Path("rewritten.edge")) as third:
                assert rows(device.check(third.signed))["pages of the fullest die"][1] == "10"
                edgesdk.deploy(third, device)
        assert [model.version for model in device.models()] == ["5.0.0"]
        assert device.rollback("m").version == "2.0.0"
    assert len(answer(address)) == 16


def test_the_log_has_what_the_flash_has_been_through(old: Bundle) -> None:
    deploy(old)
    with edgesdk.connect(ADDRESS) as device:
        assert isinstance(device, LoggingDevice)
        counters = device.log().counters
        pages = rows(device.check(old.signed))["flash pages"][0]
        assert counters["programmed_pages"] == int(pages)
        assert counters["max_erases"] == 0
        answer()
        assert device.log().counters["reads"] > counters["reads"]


def test_a_rollback_programs_nothing(old: Bundle, new: Bundle) -> None:
    with edgesdk.connect(ADDRESS) as device:
        edgesdk.deploy(old, device)
        edgesdk.deploy(new, device)
        before = device._place.statistics()
        device.rollback("m")
        device.open("m").close()
        assert device._place.statistics().programmed_pages == before.programmed_pages
        assert device._place.statistics().erases == before.erases


def test_the_trial_is_of_the_device_as_it_is(old: Bundle, new: Bundle) -> None:
    deploy(old)
    wanted = answer()
    with pytest.raises(DeviceReverted) as caught:
        deploy(new, f"{ADDRESS}&rber=0.2&correction=none")
    assert caught.value.exit_code == 10
    assert "golden vector 0" in caught.value.evidence
    assert "(rber=0.2&correction=none)" in caught.value.next_step
    assert "--tolerance" not in caught.value.next_step
    assert answer() == wanted


def test_without_errors_an_address_doubts_nothing(user_folder: Path) -> None:
    for options, doubted in (("", False), ("&seed=3", False), ("&results=saturate", True)):
        with edgesdk.connect(ADDRESS + options) as device:
            assert isinstance(device, DoubtfulDevice)
            assert bool(device.doubts()) == doubted


def test_a_preset_of_ones_own_is_named_where_it_has_to_be_given(
    old: Bundle, user_folder: Path
) -> None:
    path = user_folder / "mine.toml"
    path.write_text('extends = "cambricon-s"\n[design]\n')
    with pytest.raises(DoesNotFit) as caught:
        deploy(old, f"emu:nand?preset={path}")
    assert caught.value.next_step.endswith(f"--target nand:mine --option preset={path}")
    with pytest.raises(UsageError) as unknown:
        from_compile("nand:mine", {})
    assert "--option preset=FILE.toml" in unknown.value.next_step


def test_a_context_that_the_model_does_not_have_does_not_fit(old: Bundle) -> None:
    for context, fits in ((64, True), (65, False)):
        with edgesdk.connect(f"{ADDRESS}&context={context}") as device:
            assert rows(device.check(old.signed))["context of the address"] == (
                str(context),
                "64",
                fits,
            )
    with pytest.raises(DoesNotFit) as caught:
        deploy(old, f"{ADDRESS}&context=999999")
    assert "context of the address: needs 999999, has 64" in caught.value.evidence


def test_errors_of_the_address_change_what_is_computed_and_not_what_is_stored(old: Bundle) -> None:
    deploy(old)
    with edgesdk.connect(ADDRESS) as device, device.open("m") as session:
        clean = session.prefill(PROMPT).copy()
    with edgesdk.connect(f"{ADDRESS}&rber=0.01") as device, device.open("m") as session:
        moved = session.prefill(PROMPT).copy()
        session.rewind(0)
        assert np.array_equal(session.prefill(PROMPT), moved)
        assert session.figures()["flash_flipped_bits"].value > 0
        assert session.figures()["flash_words_fixed"].value > 0
    assert not np.array_equal(moved, clean)
    with edgesdk.connect(ADDRESS) as device, device.open("m") as session:
        assert np.array_equal(session.prefill(PROMPT), clean)


def test_noise_is_new_at_every_step(old: Bundle) -> None:
    deploy(old)
    with edgesdk.connect(f"{ADDRESS}&noise=0.01") as device, device.open("m") as session:
        one = session.prefill(PROMPT).copy()
        session.rewind(0)
        assert not np.array_equal(session.prefill(PROMPT), one)


def test_reads_are_counted(old: Bundle) -> None:
    deploy(old)
    with edgesdk.connect(ADDRESS) as device:
        before = device._place.statistics().reads
        with device.open("m") as session:
            session.prefill(PROMPT)
            session.decode(1)
            pages = session.figures()["flash_pages"].value
        assert device._place.statistics().reads == before + 2 * pages


def test_sessions_of_two_devices_and_two_of_one(old: Bundle, new: Bundle) -> None:
    deploy(old)
    deploy(new, f"{ADDRESS}&name=second")
    first, second = answer(), answer(f"{ADDRESS}&name=second")
    assert first != second
    with edgesdk.connect(ADDRESS) as device, device.open("m") as one, device.open("m") as two:
        assert np.array_equal(one.prefill(PROMPT), two.prefill(PROMPT))


def test_a_device_of_another_geometry_is_not_overwritten(old: Bundle) -> None:
    deploy(old)
    with pytest.raises(EdgeError) as caught, edgesdk.connect(f"{ADDRESS}&channels=16") as device:
        device.open("m")
    assert caught.value.exit_code != 1
    assert "name=" in caught.value.next_step
    assert answer()


def test_while_another_process_programs_it_is_busy(old: Bundle, new: Bundle, made: Path) -> None:
    deploy(old)
    code = (
        "import sys, edgesdk\n"
        f"device = edgesdk.connect({ADDRESS!r})\n"
        f"bundle = edgesdk.read_bundle({str(made / '2.0.0.edge')!r}, None)\n"
        "device.begin(bundle.signed)\n"
        "print('begun', flush=True); sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "begun\n"
        with pytest.raises(DeviceUnavailable) as caught:
            deploy(new)
        assert caught.value.exit_code == 5
        wanted = answer()
        other.communicate("\n")
    assert other.returncode == 0
    deploy(new)
    assert answer() != wanted


def test_more_threads_and_saturated_results_are_options_of_an_address(old: Bundle) -> None:
    deploy(old)
    assert answer(f"{ADDRESS}&threads=3") == answer()
    with edgesdk.connect(f"{ADDRESS}&results=saturate") as device, device.open("m") as session:
        session.prefill(PROMPT)
        assert session.figures()["flash_cut"].value == 0  # sums of so small a model fit


def test_a_preset_of_a_users_own(user_folder: Path) -> None:
    own = user_folder / "mine.toml"
    own.write_text(
        'about = "half an S"\nextends = "cambricon-s"\n\n[design]\n'
        'channels = { value = 4, source = "mine" }\n'
    )
    source = random_bitnet(user_folder / "model", 22)
    with pytest.raises(UsageError) as caught:
        edgesdk.compile(source, f"nand:{own}")
    assert caught.value.id == "EDGE-02281"
    with pytest.raises(UsageError) as caught:
        edgesdk.compile(source, "nand:other", options={"preset": str(own)})
    assert "mine" in caught.value.evidence
    with edgesdk.compile(
        source, "nand:mine", name="m", vectors=1, options={"preset": str(own)}
    ) as bundle:
        deploy(bundle, f"emu:nand?preset={own}")
    assert len(answer(f"emu:nand?preset={own}")) == 16


@pytest.mark.parametrize(
    "options",
    [
        "channels=4&chips=1",
        "planes=4&blocks=64",
        "page_bytes=32768&spare_bytes=3328",
        "page_bytes=8192&spare_bytes=1024",
        "compute=no",
        "npu_helps=no",
    ],
)
def test_one_bundle_answers_the_same_whatever_the_geometry(old: Bundle, options: str) -> None:
    deploy(old)
    address = f"{ADDRESS}&{options}&name=other"
    deploy(old, address)
    assert answer(address) == answer()


@pytest.mark.parametrize("preset", preset_names())
def test_every_preset_is_a_device(old: Bundle, preset: str) -> None:
    address = f"emu:nand?preset={preset}"
    source = replace(old.manifest, target=f"nand:{preset}")
    with rewritten(old, source, Path("rewritten.edge")) as bundle:
        deploy(bundle, address)
    deploy(old)
    assert answer(address) == answer()
