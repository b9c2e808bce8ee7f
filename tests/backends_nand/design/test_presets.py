"""Presets are data from outside: every key known, every number in its range, sources given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgesdk.errors import EdgeError, UsageError
from edgesdk_backends.nand.design.parameters import PARAMETERS
from edgesdk_backends.nand.design.preset import FOLDER, preset_names, read_preset
from tests.formats.no_toml import NO_TOML

WHOLE = (FOLDER / "cambricon-s.toml").read_text()
SHORT = """
about = "with faster reads"
extends = "cambricon-s"
[design]
read_us = { value = 20, low = 15, high = 25, source = "hoped for" }
"""


def refused(text: bytes | str, folder: Path) -> str:
    path = folder / "own.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError) as caught:
        read_preset(str(path))
    assert caught.value.id == "EDGE-02222"
    assert caught.value.what == "own.toml is no preset"
    return caught.value.evidence


def test_what_comes_with_edgesdk() -> None:
    ours = ["aif", "cambricon-l", "cambricon-m", "cambricon-s", "lincoln", "nvme", "ufs-4.0"]
    assert preset_names() == ours
    for name in ours:
        preset = read_preset(name)
        assert (preset.name, preset.design.name) == (name, name)
        assert list(preset.entries) == list(PARAMETERS)
        for key, entry in preset.entries.items():
            assert getattr(preset.design, key) == entry.value
            assert len(entry.source) >= 3, key


# Table II of Cambricon-LLM (arXiv 2409.15654).
@pytest.mark.parametrize(
    ("name", "channels", "chips", "per_channel", "cores"),
    [("s", 8, 2, 4, 32), ("m", 16, 4, 8, 128), ("l", 32, 8, 16, 512)],
)
def test_the_published_configurations(
    name: str, channels: int, chips: int, per_channel: int, cores: int
) -> None:
    design = read_preset(f"cambricon-{name}").design
    assert (design.channels, design.chips) == (channels, chips)
    assert (design.cores_per_channel, design.cores) == (per_channel, cores)
    assert (design.page_bytes, design.spare_bytes, design.read_us) == (16384, 1664, 30.0)
    assert design.channel_gb_s == 1.0
    assert 2 * design.npu_gmacs == pytest.approx(2000, rel=0.03)  # stated as 2 TOPS


def test_seventy_billion_weights_fit_all_three() -> None:
    for name in ("s", "m", "l"):  # 78.05 GB with keys and values as wide as queries
        assert read_preset(f"cambricon-{name}").design.usable_bytes > 78.05e9


def test_sizes_that_follow() -> None:
    design = read_preset("cambricon-s").design
    assert design.total_pages == 32 * 2 * 256 * 512
    assert design.total_bytes == design.total_pages * 16384
    assert design.usable_blocks == 245  # of 256, 4 % bad or spare
    assert design.usable_bytes == 64 * 245 * 512 * 16384


def test_a_core_keeps_up_with_the_array_in_every_preset() -> None:
    for name in preset_names():
        design = read_preset(name).design
        if design.compute:  # derived rates are rounded
            assert design.page_bytes / design.core_gmacs / 1e3 <= 1.13 * design.read_us


def test_the_energy_of_a_product_is_the_synthesised_power_over_a_page() -> None:
    low, value, _ = read_preset("cambricon-s").entries["core_pj_mac"].band
    assert value == pytest.approx(1935.6e-6 * 30e-6 / 16384 * 1e12, rel=1e-3)
    assert low == pytest.approx(1935.6e-6 * 20e-6 / 16384 * 1e12, rel=1e-3)


def test_the_parts_of_the_synthesised_core_add_up() -> None:
    # 58755.1 for the buffers, as printed, would not: it must be 38755.1.
    assert read_preset("cambricon-s").design.core_area_um2 == 496.4 + 562.0 + 38755.1
    assert pytest.approx(1935.6, abs=0.11) == 0.4 + 343.6 + 1591.7


def test_a_short_file_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "fast.toml").write_text(SHORT)
    preset = read_preset(str(tmp_path / "fast.toml"))
    base = read_preset("cambricon-s")
    assert (preset.name, preset.design.name, preset.about) == ("fast", "fast", "with faster reads")
    assert preset.design.read_us == 20.0
    assert preset.entries["read_us"].band == (15.0, 20.0, 25.0)
    assert preset.entries["channels"] == base.entries["channels"]
    assert base.design.read_us == 30.0


def test_a_whole_file_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(WHOLE.replace("channels = { value = 8", CHANNELS_12))
    assert read_preset(str(tmp_path / "mine.toml")).design.channels == 12


CHANNELS_12 = "channels = { value = 12"


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("[design]", "[design]\nturbo = { value = 1, source = 'x' }", "unknown key 'turbo'"),
        ("[design]", "[design]\nname = { value = 'x', source = 'x' }", "unknown key 'name'"),
        ("about =", "version = 3\nabout =", "unknown key 'version'"),
        ("[design]", "[designs]", "unknown key 'designs'"),
        ("channels = { value = 8", "channels = { value = 0", "channels cannot be '0': a whole"),
        ("channels = { value = 8", "channels = { value = 8.5", "a whole number: 1 to 1024"),
        ("channels = { value = 8", "channels = { value = true", "a whole number"),
        ("channels = { value = 8", "channels = { value = '8'", "a whole number"),
        ("channels = { value = 8", "channels = { value = 99999999999999999999", "a whole number"),
        ("channels = { value = 8, source", "channels = { source", "channels must be a table"),
        ("channels = { value = 8, ", "channels = { value = 8, unit = 'x', ", "unknown key 'unit'"),
        ("read_us = { value = 30", "read_us = { value = nan", "read_us cannot be 'nan'"),
        ("read_us = { value = 30", "read_us = { value = -inf", "read_us cannot be '-inf'"),
        ("read_us = { value = 30", "read_us = { value = [30]", "read_us cannot be '[30]'"),
        ('cell = { value = "lsb"', 'cell = { value = "qlc"', "one of slc, lsb, tlc"),
        ('cell = { value = "lsb"', 'cell = { value = "lsb", low = "lsb"', "cell has no range"),
        ("slicing = { value = true", "slicing = { value = 1", "yes or no"),
        ("low = 2, high = 16", "low = 5, high = 16", "low, value and high are in the wrong order"),
        ("low = 2, high = 16", "low = 2, high = 3", "in the wrong order"),
        ("low = 2, high = 16", "low = 2, high = 1000", "slices cannot be '1000'"),
        ("\nchannels = ", "\n# channels = ", "lacks channels"),
        ('source = "the paper, slice control"', 'source = " "', "slicing needs its source"),
        ('source = "the paper, slice control"', "source = 3", "slicing needs its source"),
        ('about = "', 'about = 5 # "', "about is a text"),
        ("about =", "extends = 'nosuch'\nabout =", "extends must be one of aif, cambricon-l"),
        ("about =", "extends = 'other.toml'\nabout =", "extends must be one of"),
        ("about =", "extends = ['aif']\nabout =", "extends must be one of"),
    ],
)
def test_hostile_presets(before: str, after: str, why: str, tmp_path: Path) -> None:
    assert before in WHOLE
    assert why in refused(WHOLE.replace(before, after, 1), tmp_path)


@pytest.mark.parametrize("text", [*NO_TOML, b"[design]", b"design = 3", b"design = []"])
def test_what_is_no_preset_at_all(text: bytes, tmp_path: Path) -> None:
    assert len(refused(text, tmp_path)) < 1000


def test_a_design_that_contradicts_itself_is_named(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(WHOLE.replace("page_bytes = { value = 16384", "page_bytes = { value = 16000"))
    with pytest.raises(UsageError, match="The design odd contradicts itself") as caught:
        read_preset(str(path))
    assert caught.value.id == "EDGE-02224"


@pytest.mark.parametrize(
    "name", ["", "nosuch", "../cambricon-s", "s.yaml", "x" * 5000, "x" * 5000 + ".toml", "a\0.toml"]
)
def test_no_such_preset(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_preset(name)
    assert caught.value.id == "EDGE-02221"
    assert len(caught.value.what) < 120
    assert "cambricon-l" in caught.value.next_step


@pytest.mark.parametrize("name", ["cambricon-s.toml", "Big One.toml", "x" * 40 + ".toml"])
def test_names_that_a_file_cannot_have(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(SHORT)
    with pytest.raises(UsageError, match="is no preset") as caught:
        read_preset(str(tmp_path / name))
    assert caught.value.id == "EDGE-02222"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "large.toml").write_bytes(b"#" * (1 << 19))
    os.mkfifo(tmp_path / "pipe.toml")
    for name, code in (("none", "EDGE-0210"), ("large", "EDGE-0270"), ("pipe", "EDGE-0210")):
        with pytest.raises(EdgeError) as caught:
            read_preset(str(tmp_path / f"{name}.toml"))
        assert caught.value.id == code


def test_sources_stay_on_their_line(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    lines = '"A plan\\n\\nCHANNELS  \\u001b[31m2\\tred"'
    path.write_text(
        f'about = {lines}\nextends = "aif"\n[design]\nread_us = {{ value = 9, source = {lines} }}\n'
    )
    found = read_preset(str(path))
    assert found.about == found.entries["read_us"].source == "A plan CHANNELS [31m2 red"
