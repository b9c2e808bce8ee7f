"""Rescoring: the largest logits of a quantised head, from the float rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgesdk.errors import UsageError
from tests.decoder.models import random_model

from .opened import all_logits, drawn_tokens, opened, pack

VOCABULARY = 1000
TOKENS = drawn_tokens(30, VOCABULARY)


def model(**options: Any) -> Any:
    return random_model(8, vocabulary=VOCABULARY, half=True, **options)


@pytest.mark.parametrize("tied", [True, False])
def test_the_largest_logits_are_the_float_ones(tmp_path: Path, tied: bool) -> None:
    exact = all_logits(pack(model(tied=tied), tmp_path / "float.bin", head="float16"), TOKENS)
    plain = pack(model(tied=tied), tmp_path / "plain.bin", head="int4")
    rough = all_logits(plain, TOKENS)
    path = pack(model(tied=tied), tmp_path / "decoder.bin", head="int4", rescore=32)
    found = all_logits(path, TOKENS)
    for row in range(len(TOKENS)):
        best = np.argsort(-rough[row], kind="stable")[:32]
        assert np.array_equal(found[row, best], exact[row, best])
        rest = np.delete(np.arange(VOCABULARY), best)
        assert np.array_equal(found[row, rest], rough[row, rest])
    assert np.array_equal(found.argmax(axis=1), exact.argmax(axis=1))


def test_it_can_be_chosen_when_opened(tmp_path: Path) -> None:
    path = pack(model(), tmp_path / "decoder.bin", head="int8", rescore=8)
    exact = all_logits(pack(model(), tmp_path / "float.bin", head="float16"), TOKENS)
    assert np.array_equal(all_logits(path, TOKENS, rescore=256).max(1), exact.max(1))
    without = all_logits(path, TOKENS, rescore=0)
    assert not np.array_equal(without.max(1), exact.max(1))


def test_an_untied_head_without_float_rows(tmp_path: Path) -> None:
    path = pack(model(tied=False), tmp_path / "decoder.bin", head="int8")
    with pytest.raises(UsageError) as caught:
        opened(path, rescore=4)
    assert caught.value.code == 135


def test_more_than_the_vocabulary(tmp_path: Path) -> None:
    small = random_model(8, vocabulary=9, half=True)
    path = pack(small, tmp_path / "decoder.bin", head="int8", rescore=200)
    exact = all_logits(pack(small, tmp_path / "float.bin", head="float16"), TOKENS % 9)
    assert np.array_equal(all_logits(path, TOKENS % 9), exact)
