"""The gate of a quantised model: exact, and honest about what quantising cost."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from edgesdk.bundle import Tolerance
from edgesdk.errors import VerificationMismatch
from edgesdk_backends.nand.golden import EXECUTOR, QuantisedGolden
from edgesdk_backends.nand.opening import in_ram, on_host
from edgesdk_backends.nand.session import NandSession
from tests.backends_nand.device.models_in_ram import content_of, design
from tests.decoder.models import random_model

MODEL = random_model(22, ternary=False)
CONTENT = content_of(MODEL, "w8a8")
pages = partial(in_ram, CONTENT, design(), None, 4)
host = partial(on_host, CONTENT, None, 4)


def test_answers_are_those_of_numpys_integers() -> None:
    golden = QuantisedGolden(MODEL, pages, host)
    samples = golden.samples(2)
    answers = golden.answers(samples)
    assert answers.executor == EXECUTOR
    assert answers.tolerance == Tolerance()
    with host() as session:
        for sample, output in zip(samples, answers.outputs, strict=True):
            assert np.array_equal(session.run(sample)["continuation"], output["continuation"])
    [note] = answers.notes
    assert "golden vectors are exact" in note
    assert "of 8 next tokens the same" in note


def test_pages_that_compute_something_else_are_found() -> None:
    other = partial(in_ram, content_of(random_model(23, ternary=False), "w8a8"), design(), None, 4)
    golden = QuantisedGolden(MODEL, other, host)
    with pytest.raises(VerificationMismatch) as caught:
        golden.answers(golden.samples(1))
    assert caught.value.id == "EDGE-0777"


def test_one_bit_of_a_page_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged() -> NandSession:
        session = pages()
        products = session._memory.products
        sums = products.sums

        def wrong(matrix: str, x: np.ndarray) -> np.ndarray:
            found = sums(matrix, x)
            if matrix == "layers.0.down":
                found[:, 0] += 1
            return found

        monkeypatch.setattr(products, "sums", wrong)
        return session

    golden = QuantisedGolden(MODEL, damaged, host)
    with pytest.raises(VerificationMismatch):
        golden.answers([{"tokens": np.array([1, 5, 2], np.int32)}])
