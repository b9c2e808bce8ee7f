"""Configs drawn at random: a shape whose sums agree, or one clear refusal."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk.errors import ModelRefused
from edgesdk.predict.shape_config import config_shape
from edgesdk.predict.shape_families import FAMILIES
from edgesdk_backends.nand.workload.decoder import FORMATS, FULL, GROUPED, workload
from tests.backends_nand.workload.configs import used_parameters

KEYS = [
    "hidden_size",
    "intermediate_size",
    "ffn_dim",
    "ffn_hidden_size",
    "max_position_embeddings",
    "num_attention_heads",
    "num_hidden_layers",
    "num_key_value_heads",
    "num_kv_heads",
    "head_dim",
    "vocab_size",
    "num_experts",
    "num_local_experts",
    "num_experts_per_tok",
    "moe_intermediate_size",
    "shared_expert_intermediate_size",
    "decoder_sparse_step",
    "mlp_only_layers",
    "sliding_window",
    "use_sliding_window",
    "tie_word_embeddings",
    "multi_query",
    "word_embed_proj_dim",
]
SIZES = st.sampled_from([1, 2, 3, 4, 8, 16, 64, 96, 128, 1000, 4096, 1 << 18, 1 << 20, 1 << 31])
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.integers(-2, 9), max_size=4),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


WIDTHS = ("intermediate_size", "ffn_dim", "ffn_hidden_size", "moe_intermediate_size", "vocab_size")


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Sizes that are plausible, of any family, and at times a few keys that are anything."""
    found: dict[str, Any] = {key: draw(st.integers(1, 300)) for key in WIDTHS}
    heads = draw(st.sampled_from([1, 2, 4, 8]))
    found.update(num_attention_heads=heads, hidden_size=heads * draw(st.sampled_from([2, 16, 96])))
    found["num_hidden_layers"] = draw(st.integers(1, 6))
    found["num_key_value_heads"] = draw(st.sampled_from([1, heads]))
    odd = draw(st.dictionaries(st.sampled_from(KEYS), st.one_of(SIZES, ODD), max_size=3))
    found.update(odd if draw(st.booleans()) else {})
    found["model_type"] = draw(st.sampled_from(sorted(FAMILIES)))
    return found


def test_most_are_plausible() -> None:
    """Or the next test would see refusals only."""
    seen = []

    @settings(max_examples=100, database=None, derandomize=True)
    @given(documents())
    def look(document: dict[str, Any]) -> None:
        try:
            seen.append(config_shape(document, "drawn").parameters > 0)
        except ModelRefused:
            seen.append(False)

    look()
    assert sum(seen) > len(seen) / 3
    assert not all(seen)


@settings(max_examples=400)
@given(documents(), st.sampled_from(sorted(FORMATS)), st.sampled_from([GROUPED, FULL]))
def test_a_shape_or_a_refusal(document: dict[str, Any], weights: str, kv: str) -> None:
    try:
        shape = config_shape(document, "drawn")
    except ModelRefused as error:
        assert error.id == "EDGE-02101"
        assert error.evidence
        return
    work = workload(shape, weights=weights, kv=kv)
    assert work.layer_count == shape.layers
    assert 0 < work.token_weights <= work.stored_weights
    assert 0 < work.token_bytes <= work.stored_bytes
    if kv == GROUPED:
        tables = (shape.vocabulary * (not shape.tied) + shape.positions) * shape.hidden
        assert work.stored_weights == shape.parameters - tables
        assert work.token_weights == used_parameters(shape) - tables
