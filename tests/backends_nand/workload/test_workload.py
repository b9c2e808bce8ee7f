"""The work of a token, against counts made by hand and published traffic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgesdk.predict.model import named_shape
from edgesdk.predict.shape import DecoderShape, Experts
from edgesdk_backends.nand.workload.decoder import FORMATS, FULL, GROUPED, workload
from edgesdk_backends.nand.workload.workload import Matrix, Workload
from tests.backends_nand.workload.configs import used_parameters

SMALL = DecoderShape(
    name="small",
    layers=4,
    hidden=64,
    heads=8,
    kv_heads=2,
    head_size=16,
    vocabulary=100,
    context=40,
    intermediate=80,
)
# Cambricon-LLM (arXiv 2409.15654), figure 16: GB that pass per token at 8 bits, read from the bars.
# 70B is the model without grouped heads that the paper's figures fit.
FIGURE_16 = [
    ("opt-6.7b", GROUPED, 6.648),
    ("opt-13b", GROUPED, 12.84),
    ("opt-30b", GROUPED, 29.96),
    ("opt-66b", GROUPED, 65.69),
    ("llama-2-70b", FULL, 78.1),
]


@pytest.mark.parametrize(("name", "kv", "gigabytes"), FIGURE_16)
def test_weights_of_a_token(name: str, kv: str, gigabytes: float) -> None:
    work = workload(named_shape(name).shape, kv=kv)
    assert work.token_bytes / 1e9 == pytest.approx(gigabytes, rel=1e-3)


def test_the_stages_of_a_dense_layer() -> None:
    [layer] = workload(SMALL).layers
    assert layer.count == 4
    assert [stage.name for stage in layer.stages] == [
        "attention_input",
        "attention_output",
        "feed_forward_input",
        "feed_forward_output",
    ]
    assert [stage.after_attention for stage in layer.stages] == [False, True, False, False]
    assert list(layer.matrices) == [
        Matrix("query_key_value", 128 + 2 * 32, 64),
        Matrix("attention_output", 64, 128),
        Matrix("gate_up", 160, 64),
        Matrix("down", 64, 80),
    ]


def test_a_plain_network_has_no_gate() -> None:
    shape = named_shape("opt-6.7b").shape
    [layer] = workload(shape).layers
    assert layer.stages[2].matrices == (Matrix("up", 16384, 4096),)
    assert layer.stages[3].matrices == (Matrix("down", 4096, 16384),)


def test_feed_forward_beside_attention_shares_its_stages() -> None:
    [layer] = workload(replace(SMALL, parallel=True)).layers
    assert [[matrix.name for matrix in stage.matrices] for stage in layer.stages] == [
        ["query_key_value", "gate_up"],
        ["attention_output", "down"],
    ]
    assert [stage.after_attention for stage in layer.stages] == [False, True]
    assert workload(replace(SMALL, parallel=True)).token_weights == workload(SMALL).token_weights


def routed(dense: tuple[int, ...] = (), shared: int = 0) -> Workload:
    experts = Experts(6, 2, 24, shared, dense)
    return workload(
        DecoderShape("routed", 4, 64, 8, 2, 16, 100, 40, 80 if dense else 0, experts=experts)
    )


def test_experts_are_copies_of_which_a_token_uses_some() -> None:
    [layer] = routed().layers
    router, first, last = layer.stages[2:]
    assert router.matrices == (Matrix("router", 6, 64),)
    assert first.matrices == (Matrix("expert_gate_up", 48, 64, 6, 2),)
    assert last.matrices == (Matrix("expert_down", 64, 24, 6, 2),)


def test_a_shared_expert_runs_beside_them_and_has_a_gate() -> None:
    [layer] = routed(shared=40).layers
    router, first, last = layer.stages[2:]
    assert router.matrices == (Matrix("router", 7, 64),)
    assert first.matrices[1] == Matrix("shared_gate_up", 80, 64)
    assert last.matrices[1] == Matrix("shared_down", 64, 40)


def test_layers_with_and_without_experts_are_two_kinds() -> None:
    work = routed(dense=(0, 2, 3))
    assert [kind.count for kind in work.layers] == [3, 1]
    assert work.layer_count == 4


@pytest.mark.parametrize("name", ["mixtral-8x7b", "qwen3-30b-a3b", "llama-3-8b", "opt-66b"])
def test_no_weight_is_lost(name: str) -> None:
    """All weights of the model but its tables: the head is one of the matrices."""
    shape = named_shape(name).shape
    work = workload(shape)
    tables = (shape.vocabulary * (not shape.tied) + shape.positions) * shape.hidden
    assert work.stored_weights == shape.parameters - tables
    assert work.token_weights == used_parameters(shape) - tables


def test_mixtral_reads_a_quarter_of_its_experts() -> None:
    work = workload(named_shape("mixtral-8x7b").shape)
    assert work.token_bytes / work.stored_bytes == pytest.approx(12.75 / 46.57, rel=1e-3)


def test_formats_have_bits_of_their_own_and_of_the_head() -> None:
    for name, (bits, activation, head_bits, head_activation) in FORMATS.items():
        work = workload(SMALL, weights=name)
        assert (work.weight_bits, work.activation_bytes) == (bits, activation)
        assert (work.head_bits, work.head_activation_bytes) == (head_bits, head_activation)
        assert work.head is not None
        layers = work.stored_weights - work.head.weights
        assert work.stored_bytes == layers * bits // 8 + work.head.weights


def test_full_key_heads_are_as_wide_as_the_queries() -> None:
    grouped, full = workload(SMALL), workload(SMALL, kv=FULL)
    assert (grouped.kv_width, full.kv_width, full.query_width) == (32, 128, 128)
    assert full.token_weights - grouped.token_weights == 4 * 2 * (128 - 32) * 64
