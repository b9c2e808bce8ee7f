"""The reference against transformers itself, on models drawn here. Needs torch and transformers."""

from __future__ import annotations

import numpy as np
import pytest

from tests.decoder.reference.comparing import compare
from tests.decoder.reference.drawn import KINDS, drawn_model, drawn_sizes, drawn_tokens

MODELS = 40  # of each kind
LEAST_EQUAL = 0.98  # of all codes; 0.996 to 0.999 were seen with 40 tokens, and more with fewer

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_models_answer_as_in_transformers(kind: str) -> None:
    """Codes differ at ties only, and logits by ``CLOSE`` where none does; see comparing.py."""
    pytest.importorskip("transformers", reason="transformers is not installed: it is the oracle")
    from tests.decoder.reference import transformers_oracle

    all_codes = differing = 0
    for seed in range(1000, 1000 + MODELS):
        model = drawn_model(kind, seed, drawn_sizes(seed))
        tokens = drawn_tokens(seed, model.config.vocabulary)
        theirs = transformers_oracle.answer(model, kind, tokens)
        differing += compare(model, tokens, theirs)
        all_codes += sum(codes.size for codes in theirs.codes.values())
    assert differing <= (1 - LEAST_EQUAL) * all_codes


def test_many_positions_are_turned_as_in_transformers() -> None:
    """The angles of late positions, to what float32 angles allow: 7e-8 of up to 2,000 radians."""
    pytest.importorskip("transformers", reason="transformers is not installed: it is the oracle")
    from tests.decoder.reference import transformers_oracle

    model = drawn_model("llama", 7, {"context": 2048, "head_size": 16, "theta": 10_000.0})
    tokens = np.random.RandomState(7).randint(0, model.config.vocabulary, 2000)
    theirs = transformers_oracle.answer(model, "llama", tokens)
    compare(model, tokens, theirs, close=5e-4)
