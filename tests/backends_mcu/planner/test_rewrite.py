"""Rewrites leave the answers the same to the bit, which LiteRT says of both graphs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk_backends.mcu.planner.graph import Array, Graph, Operation, Tensor
from edgesdk_backends.mcu.planner.padding import fuse_padding, same_padding
from edgesdk_backends.mcu.planner.rewrite import drop_unread, fold_constants, rewrite

from .to_tflite import litert, to_tflite

RANDOM = np.random.default_rng(5)


def image(name: str, *shape: int, zero: int = 3) -> Tensor:
    return Tensor(name, shape, "int8", (0.05,), (zero,))


def constant(values: Any, dtype: str = "int32", **more: Any) -> Tensor:
    data = np.asarray(values, dtype)
    return Tensor("c", data.shape, dtype, data=data, **more)


def weights(*shape: int, axis: int = 0) -> Tensor:
    scale = tuple(np.linspace(0.01, 0.02, shape[axis]).tolist())
    data = RANDOM.integers(-127, 128, shape).astype(np.int8)
    return Tensor("w", shape, "int8", scale, (0,) * len(scale), axis, data)


def bias(filters: Tensor) -> Tensor:
    count = len(filters.scale)
    data = RANDOM.integers(-500, 500, count).astype(np.int32)
    scale = tuple(0.05 * s for s in filters.scale)
    return Tensor("b", (count,), "int32", scale, (0,) * count, 0, data)


def convolution(source: Tensor, target: Tensor, *strides: int, kind: str = "CONV_2D") -> Operation:
    channels = source.shape[3]
    filters = weights(4, 3, 3, channels) if kind == "CONV_2D" else weights(1, 3, 3, 4, axis=3)
    options = {
        "padding": "VALID",
        "stride_h": strides[0],
        "stride_w": strides[1],
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
        "fused_activation_function": "NONE",
    }
    if kind != "CONV_2D":
        options["depth_multiplier"] = 4 // channels
    return Operation(kind, (source, filters, bias(filters)), (target,), options, "conv")


def padded_convolution(pads: Array, *strides: int, size: int = 8, **more: Any) -> Graph:
    top, bottom, left, right = pads
    x = image("x", 1, size, size, 2)
    height, width = size + top + bottom, size + left + right
    p = image("p", 1, height, width, 2)
    y = image("y", 1, (height - 3) // strides[0] + 1, (width - 3) // strides[1] + 1, 4)
    table = constant([[0, 0], [top, bottom], [left, right], [0, 0]])
    pad = Operation("PAD", (x, table), (p,), {}, "pad")
    return Graph((x,), (y,), (pad, convolution(p, y, *strides, **more)))


def answers(graph: Graph) -> list[Array]:
    inputs = [
        np.random.default_rng(1).integers(-128, 128, t.shape).astype(np.int8) for t in graph.inputs
    ]
    return litert(to_tflite(graph), inputs)


def same(one: Graph, other: Graph) -> None:
    for got, want in zip(answers(one), answers(other), strict=True):
        assert got.tobytes() == want.tobytes()


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
@pytest.mark.parametrize(
    ("pads", "strides", "size", "wanted"),
    [
        ((0, 1, 0, 1), (2, 2), 8, "SAME"),
        ((1, 1, 1, 1), (1, 1), 8, "SAME"),
        ((1, 1, 1, 1), (2, 2), 9, "SAME"),
        ((1, 1, 1, 1), (2, 2), 8, "EXPLICIT"),
        ((2, 0, 0, 3), (1, 2), 8, "EXPLICIT"),
    ],
)
def test_padding_joins_the_convolution(
    pads: Any, strides: Any, size: int, wanted: str, kind: str
) -> None:
    graph = padded_convolution(pads, *strides, size=size, kind=kind)
    fused = drop_unread(fuse_padding(graph))
    [operation] = fused.operations
    assert operation.options["padding"] == wanted
    if wanted == "EXPLICIT":
        assert operation.options["explicit_padding"] == pads
    same(graph, fused)


def test_padding_that_others_read_stays() -> None:
    graph = padded_convolution((1, 1, 1, 1), 1, 1)
    both = Graph(graph.inputs, (*graph.outputs, graph.operations[0].outputs[0]), graph.operations)
    fused = drop_unread(fuse_padding(both))
    assert [o.kind for o in fused.operations] == ["PAD", "CONV_2D"]
    same(both, fused)


@pytest.mark.parametrize("change", ["channels", "zero point", "same"])
def test_padding_that_cannot_join(change: str) -> None:
    graph = padded_convolution((1, 1, 1, 1), 1, 1)
    pad, conv = graph.operations
    x, p = graph.inputs[0], pad.outputs[0]
    if change == "channels":
        pad = Operation("PAD", (x, constant([[0, 0], [1, 1], [1, 1], [0, 1]])), (p,))
    elif change == "zero point":
        value = constant(2, "int8", scale=(0.05,), zero_point=(3,))
        pad = Operation("PADV2", (*pad.inputs, value), (p,))
    else:
        conv = Operation(conv.kind, conv.inputs, conv.outputs, {**conv.options, "padding": "SAME"})
    kept = fuse_padding(Graph(graph.inputs, graph.outputs, (pad, conv)))
    assert kept.operations[1].inputs[0] is p


def test_what_same_pads() -> None:
    assert same_padding((49, 10), (10, 4), (2, 2)) == (
        4,
        5,
        1,
        1,
    )  # the keyword model's first layer
    assert same_padding((25, 5), (3, 3), (1, 1)) == (1, 1, 1, 1)
    assert same_padding((4, 4), (1, 1), (2, 2)) == (0, 0, 0, 0)


def test_reshapes_are_aliases() -> None:
    x, a, b = image("x", 1, 2, 3, 4), image("a", 1, 24), image("b", 1, 24, 1)
    reshape = Operation("RESHAPE", (x, constant([1, 24])), (a,))
    expand = Operation("EXPAND_DIMS", (a, constant(2)), (b,))
    rewritten = rewrite(Graph((x,), (b,), (reshape, expand)))
    assert rewritten.graph.operations == ()
    assert rewritten.root(b) is x


def test_a_quantize_that_changes_nothing_is_an_alias() -> None:
    x, a, b = image("x", 4), image("a", 4), image("b", 4, zero=4)
    first, second = Operation("QUANTIZE", (x,), (a,)), Operation("QUANTIZE", (a,), (b,))
    rewritten = rewrite(Graph((x,), (b,), (first, second)))
    assert [o.outputs for o in rewritten.graph.operations] == [(b,)]
    assert rewritten.root(a) is x


def test_constants_are_folded() -> None:
    """The shape that converters calculate from the batch; and a transposed constant."""
    x, y = image("x", 2, 3), image("y", 3, 2)
    shape = Tensor("shape", (2,), "int32")
    turned = Tensor("turned", (3, 2), "int8", (0.1,), (0,))
    data = RANDOM.integers(-9, 9, (2, 3)).astype(np.int8)
    table = Tensor("table", (2, 3), "int8", (0.1,), (0,), data=data)
    operations = (
        Operation("SHAPE", (x,), (shape,)),
        Operation("TRANSPOSE", (table, constant([1, 0])), (turned,)),
        Operation("RESHAPE", (x, shape), (y,)),
        Operation("ADD", (y, turned), (image("z", 3, 2),)),
    )
    folded = fold_constants(Graph((x,), (operations[3].outputs[0],), operations))
    reshape, add = folded.operations
    assert reshape.inputs[1] is not None
    assert reshape.inputs[1].data is not None
    assert reshape.inputs[1].data.tolist() == [2, 3]
    assert add.inputs[1] is not None
    assert add.inputs[1].data is not None
    assert add.inputs[1].data.tolist() == data.T.tolist()


def test_what_nobody_reads_is_dropped_unless_it_keeps_state() -> None:
    x, y, unread = image("x", 4), image("y", 4), image("u", 4)
    state = Tensor("s", (4,), "int8", (0.05,), (3,), variable=True)
    keeps = Operation("ADD", (x, state), (unread,))
    dead, live = Operation("ABS", (x,), (image("d", 4),)), Operation("NEG", (x,), (y,))
    assert drop_unread(Graph((x,), (y,), (dead, keeps, live))).operations == (keeps, live)
