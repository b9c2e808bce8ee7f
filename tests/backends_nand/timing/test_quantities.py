"""Lines of wear and price: bands of the presets' ranges, and honest about experts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from edgesdk.predict import Band, Prediction, Quantity, predict
from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.mapping.capacity import model_pages
from edgesdk_backends.nand.workload.decoder import workload


def _predicted(model: str, device: str = "cambricon-s", **options: str) -> Prediction:
    options.setdefault("dram_gb", "100")
    return predict(named_shape(model), f"nand:{device}", options, prompts=(16,), contexts=(1000,))


def _lines(found: Prediction) -> Mapping[str, Quantity]:
    return {row.name: row for row in (*found.phases[0].quantities, *found.quantities)}


def _band(row: Quantity) -> Band:
    assert row.band is not None
    assert row.band.expected == row.value
    return row.band


def test_life_has_the_band_of_its_limits() -> None:
    """Where blocks are known, those of reads and of cycles: 400000 (100000 to 1000000) and 3000
    (1500 to 10000)."""
    known = {"blocks": "256", "pages": "512", "factory_bad": "0.02", "spare_blocks": "0.02"}
    lines = _lines(_predicted("opt-6.7b", **known))
    for convention in ("block", "iteration"):
        band = _band(lines[f"life, reads by {convention}"])
        assert band.best / band.expected == pytest.approx(2.5 * 10 / 3)
        assert band.worst / band.expected == pytest.approx(0.25 / 2)
        days = _band(lines[f"days of life, reads by {convention}"])
        assert days.best / days.worst == pytest.approx(band.best / band.worst)
        hourly = _band(lines[f"rewriting, reads by {convention}"])
        assert hourly.best < hourly.expected < hourly.worst
        apart = _band(lines[f"rewritten, reads by {convention}"])
        assert apart.best > apart.expected > apart.worst
    given = _lines(_predicted("opt-6.7b", **known, read_limit="400000", erase_limit="3000"))
    band = _band(given["life, reads by block"])
    assert band.best == band.expected == band.worst


def test_time_for_rewriting_has_the_band_of_programming() -> None:
    lines = _lines(_predicted("opt-6.7b", pages="512", read_limit="400000"))
    band = _band(lines["time for rewriting, reads by block"])
    assert band.worst / band.expected == pytest.approx((380 + 3800 / 512) / (75 + 3500 / 512))


def test_price_has_a_band_and_the_least_is_best() -> None:
    known = {"blocks": "256", "pages": "512"}
    row = _lines(_predicted("opt-6.7b", **known, flash_usd_gb="0.5", dram_usd_gb="2"))
    fixed = _band(row["flash and DRAM"])
    assert fixed.best == fixed.expected == fixed.worst
    wide = _band(_lines(_predicted("opt-6.7b"))["flash and DRAM"])
    assert wide.best < wide.expected < wide.worst


def test_what_the_model_does_not_fit_is_no_case_and_is_told() -> None:
    """Blocks of 256 pages: half the flash, which 70 billion weights do not fit."""
    row = _lines(_predicted("llama-2-70b"))["life, reads by iteration"]
    assert row.how.endswith("; pages as expected")
    assert not _lines(_predicted("opt-6.7b"))["life, reads by iteration"].how.endswith("expected")


def test_experts_do_not_spare_the_pages_that_all_tokens_read() -> None:
    """Attention and head are read by every token, so their blocks are rewritten as soon as those
    of a dense model; the whole model seldom."""
    design = read_preset("cambricon-s").design
    lines = _lines(_predicted("qwen3-30b-a3b"))
    dense = design.read_limit / design.pages
    assert lines["rewritten, reads by block"].value == pytest.approx(dense)
    found = _predicted("qwen3-30b-a3b").phases[0]
    share = 3600 * found.rate.expected / lines["rewriting, reads by block"].value / dense
    assert 5 < share < 20  # a token reads about a tenth of the model


def test_experts_read_in_vain_wear_as_others_do() -> None:
    """Twice the pages a token, half the life."""
    options = {"experts_prefetch": "0.5", "experts_wrong": "6"}
    plain = _lines(_predicted("mixtral-8x7b"))
    lines = _lines(_predicted("mixtral-8x7b", **options))
    pages = model_pages(
        read_preset("cambricon-s").design, workload(named_shape("mixtral-8x7b").shape)
    )
    reads = lines["pages read"].value * 1e9 / 16384 / pages
    life, usual = (found["life, reads by block"].value for found in (lines, plain))
    ratio = lines["pages read"].value / plain["pages read"].value
    assert ratio > 2
    assert usual / life == pytest.approx(ratio, rel=1e-6)
    apart = lines["rewritten, reads by block"].value
    assert apart == pytest.approx(400_000 / 512 / max(reads, 1))


def test_a_range_that_no_case_moves_is_named(tmp_path: Path) -> None:
    path = tmp_path / "wide.toml"
    page = 'page_bytes = { value = 16384, low = 1000, high = 20000, source = "a plan" }'
    path.write_text(f'extends = "cambricon-s"\n[design]\n{page}\n')
    notes = _predicted("opt-6.7b", "wide", preset=str(path)).notes
    assert [note for note in notes if note == "ranges that no case moves: page_bytes"]
    assert not [note for note in _predicted("opt-6.7b").notes if "no case moves" in note]


def test_the_worst_case_fits_as_well() -> None:
    """A cache of two bytes with kv=full does not fit into 2.3 GB beside the embedding, so the worst
    case keeps one byte, and moves the rest."""
    options = {"kv": "full", "dram_gb": "2.3"}
    found = _predicted("llama-2-70b", "cambricon-l", **options)
    attention = next(term for term in found.phases[0].terms if term.name == "attention")
    assert attention.seconds.worst == pytest.approx(attention.seconds.expected * 40 / 32, rel=1e-3)
    assert [note for note in found.notes if "keeps cache_bytes at 1 B" in note]
    assert found.phases[0].rate.worst < 0.97 * found.phases[0].rate.expected
