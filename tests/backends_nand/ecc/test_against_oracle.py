"""The C against the specification's plain form, bit for bit, with and without errors."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk_backends.nand.ecc.page_code import PageCode
from tests.backends_nand.ecc import oracle
from tests.backends_nand.ecc.pages import KINDS, flipped, page

SPARE = 8192  # room for any code here
OUTLIERS = [
    (mode, bits, copies, compare)
    for mode in ("paper", "exact", "secded")
    for bits, copies, compare in ((8, 2, "magnitude"), (8, 3, "signed"), (4, 2, "magnitude"),
                                  (4, 1, "signed"), (8, 8, "magnitude"))
]  # fmt: skip


def nonzero(statistics: object) -> dict[str, int]:
    return {name: count for name, count in asdict(statistics).items() if count}  # type: ignore[call-overload]


def plain(code: PageCode) -> oracle.Outliers:
    values = code.page_bytes * 8 // code.weight_bits
    signed = code.compare == "signed"
    return oracle.Outliers(code.mode, code.weight_bits, values, code.copies, signed)


def compare_page(code: PageCode, data: NDArray[np.uint8], rate: float, seed: int) -> int:
    """Encode and correct one page both ways; how much the correction did."""
    model, content = plain(code), data.tobytes()
    written = code.encode(data[None])
    assert written[0].tobytes() == model.encode(content)
    wrong = flipped(data, rate, seed)[None]
    stored = flipped(written[0], rate, seed + 1)[None]
    wanted, counts = model.correct(wrong.tobytes(), stored.tobytes(), written.tobytes())
    statistics = code.correct(wrong, stored, written)
    assert nonzero(statistics) == {name: count for name, count in counts.items() if count}
    assert wrong.tobytes() == wanted
    return sum(counts.values())


@pytest.mark.parametrize(("mode", "bits", "copies", "compare"), OUTLIERS)
def test_outliers(mode: str, bits: int, copies: int, compare: str) -> None:
    # 992: not a power of two, so that an address can be beyond the page
    for page_bytes, rate in ((992, 0.05), (1024, 0.2), (128, 0.02), (1536, 0.01)):
        code = PageCode(mode, copies, compare, bits, page_bytes, SPARE)
        done = [compare_page(code, page(kind, page_bytes, 7), rate, 11) for kind in KINDS]
        assert sum(done) > 0


def test_a_whole_page() -> None:
    assert compare_page(PageCode("exact"), page("bell", 16384, 5), 5e-3, 3) > 0


@pytest.mark.parametrize("rate", [0.002, 0.02, 0.3])
def test_words(rate: float) -> None:
    code = PageCode("words", weight_bits=2, page_bytes=1024)
    for seed, kind in enumerate(KINDS):
        data = page(kind, 1024, seed)
        written = code.encode(data[None])
        assert written.tobytes() == oracle.encode_words(data.tobytes())
        wrong, stored = flipped(data, rate, seed)[None], flipped(written[0], rate, seed + 9)[None]
        wanted, counts = oracle.correct_words(wrong.tobytes(), stored.tobytes(), data.tobytes())
        found = code.correct(wrong, stored, original=data[None])
        assert nonzero(found) == {k: n for k, n in counts.items() if n}
        assert wrong.tobytes() == wanted
