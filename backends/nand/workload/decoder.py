"""The work of one token of a decoder, from its sizes alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from edgesdk.predict.shape import DecoderShape, Experts

from .workload import LayerKind, Matrix, Stage, Workload

# Weight formats: bits of a weight and bytes of an activation, of the layers and of the head.
FORMATS = {
    "w8a8": (8, 1, 8, 1),
    "w4a16": (4, 2, 8, 2),
    "ternary": (2, 1, 8, 2),
}
# Keys and values as wide as the model has them, or as the queries: Cambricon-LLM's figures for
# LLaMA-2 70B fit a model without grouped heads.
GROUPED, FULL = "grouped", "full"


def workload(shape: DecoderShape, *, weights: str = "w8a8", kv: str = GROUPED) -> Workload:
    """The workload; ``weights`` is a key of ``FORMATS``, ``kv`` is ``grouped`` or ``full``."""
    kv_width = shape.query_width if kv == FULL else shape.kv_width
    bits, activation, head_bits, head_activation = FORMATS[weights]
    return Workload(
        name=shape.name,
        layers=tuple(_layers(shape, kv_width)),
        head=Matrix("head", shape.vocabulary, shape.hidden),
        heads=shape.heads,
        query_width=shape.query_width,
        kv_width=kv_width,
        vocabulary=shape.vocabulary,
        hidden=shape.hidden,
        weight_bits=bits,
        activation_bytes=activation,
        head_bits=head_bits,
        head_activation_bytes=head_activation,
    )


def _layers(shape: DecoderShape, kv_width: int) -> Iterator[LayerKind]:
    """Layers alike count as one kind; those with experts are another."""
    attention = _attention(shape, kv_width)
    if shape.dense_layers:
        plain = _feed_forward(shape)
        stages = _beside(attention, plain) if shape.parallel else (*attention, *plain)
        yield LayerKind(stages, shape.dense_layers)
    if shape.experts and shape.dense_layers < shape.layers:
        routed = _routed(shape, shape.experts)
        yield LayerKind((*attention, *routed), shape.layers - shape.dense_layers)


def _attention(shape: DecoderShape, kv_width: int) -> tuple[Stage, ...]:
    """Query, key and value have the same inputs, so they are one matrix: its tiles stay full."""
    inputs = Matrix("query_key_value", shape.query_width + 2 * kv_width, shape.hidden)
    output = Matrix("attention_output", shape.hidden, shape.query_width)
    return (
        Stage("attention_input", (inputs,)),
        Stage("attention_output", (output,), after_attention=True),
    )


def _feed_forward(shape: DecoderShape) -> tuple[Stage, ...]:
    first, last = _network(shape, shape.intermediate, "")
    return Stage("feed_forward_input", (first,)), Stage("feed_forward_output", (last,))


def _beside(attention: Sequence[Stage], plain: Sequence[Stage]) -> tuple[Stage, ...]:
    """Both begin with the same inputs and add to the same sum: a stage of each becomes one."""
    return tuple(
        replace(stage, matrices=stage.matrices + other.matrices)
        for stage, other in zip(attention, plain, strict=True)
    )


def _routed(shape: DecoderShape, experts: Experts) -> tuple[Stage, ...]:
    """The router decides before any expert is read; the shared expert's gate goes with it."""
    router = Matrix("router", experts.count + bool(experts.shared), shape.hidden)
    first, last = _network(shape, experts.intermediate, "expert_", experts.count, experts.per_token)
    stages = [[first], [last]]
    if experts.shared:
        for stage, matrix in zip(stages, _network(shape, experts.shared, "shared_"), strict=True):
            stage.append(matrix)
    return (
        Stage("router", (router,)),
        Stage("feed_forward_input", tuple(stages[0])),
        Stage("feed_forward_output", tuple(stages[1])),
    )


def _network(
    shape: DecoderShape, intermediate: int, prefix: str, copies: int = 1, used: int = 1
) -> tuple[Matrix, Matrix]:
    """Gate and up, one matrix as above, and down."""
    name = f"{prefix}gate_up" if shape.gated else f"{prefix}up"
    rows = (2 if shape.gated else 1) * intermediate
    return (
        Matrix(name, rows, shape.hidden, copies, used),
        Matrix(f"{prefix}down", shape.hidden, intermediate, copies, used),
    )
