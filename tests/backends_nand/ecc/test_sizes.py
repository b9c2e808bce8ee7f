"""How large the codes are, against the published figures, and which there are not."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from edgesdk import EdgeError
from edgesdk_backends.nand.ecc.page_code import MODES, PageCode, published_size, usual_mode

DOCUMENT = Path(__file__).parents[3] / "docs/nand-errors.md"


def test_the_published_code() -> None:
    """The paper: 72 + 35 * 163 bits, which it rounds to 722 bytes of a spare of 1,664."""
    code = PageCode("paper")
    assert code.bits == 72 + 35 * 163 == 5777
    assert (code.bits // 8, code.size) == (722, 723)
    assert published_size(16384) == 723
    assert published_size(4096) == PageCode(page_bytes=4096).size
    assert published_size(1000) == 0


@pytest.mark.parametrize(
    ("code", "bits"),
    [
        (PageCode("exact"), 5777),
        (PageCode("exact", copies=4), 72 + 51 * 163),  # 1,048 bytes
        (PageCode("secded"), 72 + 36 * 163),  # 20 bytes more
        (PageCode("exact", weight_bits=4), 36 + 28 * 327),
        (PageCode("secded", weight_bits=4), 36 + 29 * 327),
        (PageCode("words", weight_bits=2), 1024 * 9),
        (PageCode("words"), 1024 * 9),
        (PageCode("none"), 0),
        (PageCode("exact", page_bytes=4096, spare_bytes=448), 72 + (12 + 5 + 16) * 40),
    ],
)
def test_sizes(code: PageCode, bits: int) -> None:
    assert code.bits == bits
    assert code.encode(np.zeros((3, code.page_bytes), np.uint8)).shape == (3, (bits + 7) // 8)


def test_the_document_has_these_sizes() -> None:
    """The table of docs/nand-errors.md: weights, mode, copies, bits, bytes."""
    row = re.compile(r"^\| (\d) bits \| (\w+) \| (\d|-) \| ([\d,]+) \| ([\d,]+) \|", re.MULTILINE)
    rows = row.findall(DOCUMENT.read_text())
    assert len(rows) >= 8
    for weight_bits, mode, copies, bits, size in rows:
        code = PageCode(mode, int(copies.replace("-", "2")), weight_bits=int(weight_bits))
        assert (f"{code.bits:,}", f"{code.size:,}") == (bits, size)


def test_most_copies_that_fit() -> None:
    assert PageCode("exact", copies=7).size == 1538
    for settings in ({"copies": 8}, {"copies": 5, "weight_bits": 4}, {"spare_bytes": 754}):
        with pytest.raises(EdgeError) as caught:
            PageCode("exact", **settings)
        assert caught.value.id == "EDGE-02260"
        assert re.search(r"it has \d+ bytes", caught.value.evidence)
    assert PageCode("exact", spare_bytes=755).size == 723


@pytest.mark.parametrize(
    "settings",
    [
        {"mode": "best"},
        {"mode": "exact", "weight_bits": 2},
        {"mode": "paper", "weight_bits": 3},
        {"mode": "words", "page_bytes": 1000},
        {"mode": "secded", "page_bytes": 96},
        {"mode": "none", "page_bytes": 1 << 20},
        {"mode": "exact", "page_bytes": 1 << 17},
        {"mode": "exact", "copies": 0},
        {"mode": "exact", "copies": 9},
        {"mode": "exact", "compare": "size"},
    ],
)
def test_no_such_code(settings: dict[str, object]) -> None:
    with pytest.raises(EdgeError) as caught:
        PageCode(**settings)  # type: ignore[arg-type]
    assert caught.value.id == "EDGE-02259"


def test_every_weight_format_has_a_usual_mode() -> None:
    assert [usual_mode(bits) for bits in (8, 4, 2)] == ["exact", "exact", "words"]
    for bits in (8, 4, 2):
        assert PageCode(usual_mode(bits), weight_bits=bits).bits > 0


@pytest.mark.parametrize("mode", MODES)
def test_wrong_arrays_are_refused(mode: str) -> None:
    code = PageCode(mode, page_bytes=1024)
    data = np.zeros((2, 1024), np.uint8)
    for wrong in (data[:, :-1], data.view(np.int8), data[0], np.zeros((1024, 2), np.uint8).T):
        with pytest.raises(ValueError, match=r"uint8|whole"):
            code.encode(wrong)
    if mode == "none":
        return
    codes = code.encode(data)
    with pytest.raises(ValueError, match="2 pages"):
        code.correct(data, codes[:1], codes)
    data.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        code.correct(data, codes, codes)


def test_the_ideal_needs_what_was_written() -> None:
    code, data = PageCode("paper"), np.zeros((1, 16384), np.uint8)
    with pytest.raises(ValueError, match="as they were written"):
        code.correct(data, code.encode(data))
