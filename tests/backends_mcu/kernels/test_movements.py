"""What cuts, joins and rearranges tensors, against LiteRT's reference kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk_backends.mcu.host import HostRuntime
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.tflite_graph import read_graph
from tests.backends_mcu.kernels.networks import (
    Spec,
    constant,
    examples,
    network,
    numbers,
    scale,
    shape,
    zero,
)
from tests.backends_mcu.oracle import check_model

SCHEME: dict[str, Any] = {"scale": 0.5, "zero": 3}


def _rank(chance: np.random.Generator, most: int = 4, least: int = 1) -> int:
    return int(chance.integers(least, most, endpoint=True))


def _like(sizes: Any, dtype: str = "int8") -> Spec:
    sizes = tuple(int(size) for size in sizes)
    return Spec(sizes, dtype, **SCHEME) if dtype == "int8" else Spec(sizes, dtype)


@pytest.mark.parametrize("dtype", ["int8", "int32"])
def test_concatenation(dtype: str) -> None:
    for chance in examples(25):
        sizes = list(shape(chance, _rank(chance)))
        axis = int(chance.integers(0, len(sizes)))
        parts = []
        for length in chance.integers(1, 6, _rank(chance, 5)):
            parts.append(_like([*sizes[:axis], int(length), *sizes[axis + 1 :]], dtype))
        sizes[axis] = sum(part.shape[axis] for part in parts)
        signed = axis - len(sizes) if chance.random() < 0.3 else axis
        options = ("ConcatenationOptions", {"axis": signed})
        content = network("CONCATENATION", parts, [_like(sizes, dtype)], options, version=2)
        check_model(content, [numbers(chance, part) for part in parts])


def test_pack_and_unpack() -> None:
    for chance in examples(25):
        sizes = shape(chance, _rank(chance, 3))
        axis, count = int(chance.integers(0, len(sizes) + 1)), _rank(chance, 5)
        parts = [_like(sizes) for _ in range(count)]
        whole = _like([*sizes[:axis], count, *sizes[axis:]])
        fields = {"axis": axis, "valuesCount": count}
        content = network("PACK", parts, [whole], ("PackOptions", fields), version=2)
        check_model(content, [numbers(chance, part) for part in parts])
        fields = {"axis": axis, "num": count}
        content = network("UNPACK", [whole], parts, ("UnpackOptions", fields), version=2)
        check_model(content, [numbers(chance, whole)])


def test_split() -> None:
    for chance in examples(25):
        sizes = list(shape(chance, _rank(chance)))
        axis, count = int(chance.integers(0, len(sizes))), _rank(chance)
        lengths = [int(length) for length in chance.integers(1, 5, count)]
        equal = bool(chance.random() < 0.5)
        lengths = [lengths[0]] * count if equal else lengths
        sizes[axis] = sum(lengths)
        source = _like(sizes)
        parts = [_like([*sizes[:axis], length, *sizes[axis + 1 :]]) for length in lengths]
        if equal:
            inputs, kind, options = [constant(axis), source], "SPLIT", "SplitOptions"
        else:
            inputs, kind = [source, constant(lengths), constant(axis)], "SPLIT_V"
            options = "SplitVOptions"
        content = network(kind, inputs, parts, (options, {"numSplits": count}), version=2)
        check_model(content, [numbers(chance, source)])


@pytest.mark.parametrize("dtype", ["int8", "int32"])
def test_transpose(dtype: str) -> None:
    for chance in examples(25):
        sizes = shape(chance, _rank(chance, 5))
        order = chance.permutation(len(sizes))
        source, target = _like(sizes, dtype), _like([sizes[axis] for axis in order], dtype)
        content = network("TRANSPOSE", [source, constant(order)], [target], version=2)
        check_model(content, [numbers(chance, source)])


def test_slice() -> None:
    for chance in examples(25):
        sizes = shape(chance, _rank(chance, 4))
        begin = [int(chance.integers(0, size)) for size in sizes]
        counts = [int(chance.integers(1, n - b + 1)) for n, b in zip(sizes, begin, strict=True)]
        wanted = [
            -1 if at + count == size and chance.random() < 0.5 else count
            for at, count, size in zip(begin, counts, sizes, strict=True)
        ]
        source = _like(sizes)
        inputs = [source, constant(begin), constant(wanted)]
        check_model(network("SLICE", inputs, [_like(counts)], version=2), [numbers(chance, source)])


def test_strided_slice() -> None:
    for chance in examples(60):
        sizes = shape(chance, _rank(chance, 4), 7)
        begin, end, steps, result, masks = _strided(chance, sizes)
        source = _like(sizes)
        inputs = [source, constant(begin), constant(end), constant(steps)]
        options = ("StridedSliceOptions", masks)
        content = network("STRIDED_SLICE", inputs, [_like(result)], options, version=2)
        check_model(content, [numbers(chance, source)])


def _strided(chance: np.random.Generator, sizes: tuple[int, ...]) -> Any:
    """Starts, ends, steps, the shape they give, and masks; never nothing."""
    masks = {"beginMask": 0, "endMask": 0, "shrinkAxisMask": 0}
    begin, end, steps, result = [], [], [], []
    for axis, size in enumerate(sizes):
        step = int(chance.choice([-3, -2, -1, 1, 2, 3]))
        low, high = sorted(int(at) for at in chance.integers(0, size + 1, 2))
        low, high = (low, high) if low < high else (0, size)
        start, stop = (low, high) if step > 0 else (high - 1, low - 1)
        places = range(start, stop, step)
        stop = -size - 1 if stop < 0 else stop
        kind = chance.random()
        if kind < 0.15:
            masks["shrinkAxisMask"] |= 1 << axis
            stop, step = start + 1, 1
        else:
            if start == (0 if step > 0 else size - 1) and chance.random() < 0.5:
                masks["beginMask"] |= 1 << axis
            if high == size and step > 0 and chance.random() < 0.5:
                masks["endMask"] |= 1 << axis
            result.append(len(places))
        begin.append(start - size if chance.random() < 0.2 else start)
        end.append(stop)
        steps.append(step)
    return begin, end, steps, result, masks


@pytest.mark.parametrize(
    ("masks", "begin", "result"),
    [
        ({"ellipsisMask": 1}, [0, 1], (3, 4, 5, 4)),  # x[..., 1:]
        ({"ellipsisMask": 2}, [1, 0, 2], (2, 4, 5, 3)),  # x[1:, ..., 2:]
        ({"newAxisMask": 2}, [1, 0, 2], (2, 1, 2, 5, 5)),  # x[1:, new, 2:]
        ({"shrinkAxisMask": 2, "ellipsisMask": 1}, [0, 2], (3, 4, 5)),  # x[..., 2]
        ({}, [2], (1, 4, 5, 5)),  # x[2:]
    ],
)
def test_strided_slice_of_axes_that_are_not_named(
    masks: dict[str, int], begin: list[int], result: tuple[int, ...]
) -> None:
    source, count = _like((3, 4, 5, 5)), len(begin)
    fields = {**masks, "endMask": (1 << count) - 1}
    inputs = [source, constant(begin), constant([0] * count), constant([1] * count)]
    options = ("StridedSliceOptions", fields)
    content = network("STRIDED_SLICE", inputs, [_like(result)], options, version=2)
    check_model(content, [numbers(np.random.default_rng(1), source)])


@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
def test_pad(dtype: str) -> None:
    for chance in examples(25):
        sizes = shape(chance, _rank(chance))
        amounts = chance.integers(0, 4, (len(sizes), 2))
        scheme = {"int8": (0.5, zero(chance)), "int16": (0.5, 0)}.get(dtype, (None, 0))
        source = Spec(sizes, dtype, *scheme)
        target = Spec(
            [n + int(a.sum()) for n, a in zip(sizes, amounts, strict=True)], dtype, *scheme
        )
        inputs = [source, constant(amounts)]
        content = network("PAD", inputs, [target], version=2)
        check_model(content, [numbers(chance, source)])
        if dtype == "int8":
            inputs.append(constant(int(chance.integers(-128, 128)), "int8", *scheme))
            content = network("PADV2", inputs, [target], version=2)
            check_model(content, [numbers(chance, source)])


@pytest.mark.parametrize("mode", [0, 1])
def test_mirror_pad(mode: int) -> None:
    for chance in examples(25):
        sizes = tuple(size + 1 for size in shape(chance, _rank(chance, 3)))
        amounts = [[int(n) for n in chance.integers(0, size, 2)] for size in sizes]
        source = _like(sizes)
        target = _like([n + sum(a) for n, a in zip(sizes, amounts, strict=True)])
        options = ("MirrorPadOptions", {"mode": mode})
        content = network("MIRROR_PAD", [source, constant(amounts)], [target], options, version=2)
        check_model(content, [numbers(chance, source)])


def test_reverse_tile_and_broadcast() -> None:
    for chance in examples(25):
        sizes = shape(chance, _rank(chance, 3))
        source = _like(sizes)
        axis = int(chance.integers(0, len(sizes)))
        content = network("REVERSE_V2", [source, constant([axis])], [source], version=3)
        check_model(content, [numbers(chance, source)])
        repeats = [int(n) for n in chance.integers(1, 4, len(sizes))]
        target = _like([n * r for n, r in zip(sizes, repeats, strict=True)])
        content = network("TILE", [source, constant(repeats)], [target], version=2)
        check_model(content, [numbers(chance, source)])
        whole = shape(chance, _rank(chance, 4))
        kept = tuple(1 if chance.random() < 0.5 else size for size in whole)
        source = _like(kept[int(chance.integers(0, len(kept))) :])
        content = network("BROADCAST_TO", [source, constant(whole)], [_like(whole)], version=3)
        check_model(content, [numbers(chance, source)])


def test_depth_and_space() -> None:
    for chance in examples(25):
        batches, height, width, channels = shape(chance, 4, 4)
        block = int(chance.integers(1, 4))
        wide = _like((batches, height * block, width * block, channels))
        deep = _like((batches, height, width, channels * block**2))
        for kind, source, target in (
            ("SPACE_TO_DEPTH", wide, deep),
            ("DEPTH_TO_SPACE", deep, wide),
        ):
            name = kind.title().replace("_", "") + "Options"
            content = network(kind, [source], [target], (name, {"blockSize": block}))
            check_model(content, [numbers(chance, source)])


def test_batches_and_space() -> None:
    for chance in examples(25):
        batches, height, width, channels = shape(chance, 4, 5)
        block = [int(n) for n in chance.integers(1, 4, 2)]
        before = [int(n) for n in chance.integers(0, 4, 2)]
        after = [-(n + b) % s for n, b, s in zip((height, width), before, block, strict=True)]
        margins = [[before[0], after[0]], [before[1], after[1]]]
        grid = [(n + sum(m)) // s for n, m, s in zip((height, width), margins, block, strict=True)]
        space = _like((batches, height, width, channels))
        batch = _like((batches * block[0] * block[1], *grid, channels))
        more = [constant(block), constant(margins)]
        content = network("SPACE_TO_BATCH_ND", [space, *more], [batch], version=2)
        check_model(content, [numbers(chance, space)])
        content = network("BATCH_TO_SPACE_ND", [batch, *more], [space], version=2)
        check_model(content, [numbers(chance, batch)])


@pytest.mark.parametrize("known", [True, False])
def test_gather(known: bool) -> None:
    for chance in examples(25):
        sizes = shape(chance, _rank(chance))
        axis = int(chance.integers(0, len(sizes)))
        shared = int(chance.integers(0, axis + 1)) if not known else 0
        chosen = (*sizes[:shared], *shape(chance, _rank(chance, 2)))
        source = _like(sizes)
        indices = chance.integers(0, sizes[axis], chosen).astype(np.int32)
        target = _like((*sizes[:axis], *chosen[shared:], *sizes[axis + 1 :]))
        wide = "int64" if chance.random() < 0.3 else "int32"
        spec = constant(indices, wide) if known else Spec(chosen, "int32")
        options = ("GatherOptions", {"axis": axis, "batchDims": shared})
        content = network("GATHER", [source, spec], [target], options, version=2)
        check_model(content, [numbers(chance, source), *([] if known else [indices])])


def test_a_table_stays_where_it_is() -> None:
    """Rows of a constant, by indices that come from outside: an embedding."""
    chance = np.random.default_rng(5)
    table = Spec((50, 6), "int8", 0.5, 3, numbers(chance, Spec((50, 6))))
    indices, target = Spec((2, 4), "int32"), _like((2, 4, 6))
    options = ("GatherOptions", {"axis": 0})
    content = network("GATHER", [table, indices], [target], options, version=2)
    check_model(content, [chance.integers(0, 50, (2, 4)).astype(np.int32)])
    planned = plan(read_graph(content))
    assert planned.kernels == ("embed",)
    assert planned.arena == 2 * 4 * 4 + 2 * 4 * 6


def test_rows_outside_a_table_are_the_nearest_inside() -> None:
    """LiteRT refuses to run on such: a device goes on, and never reads outside."""
    table = Spec((3, 2), "int8", 0.5, 3, np.arange(6, dtype=np.int8).reshape(3, 2))
    indices, target = Spec((4,), "int32"), _like((4, 2))
    options = ("GatherOptions", {"axis": 0})
    content = network("GATHER", [table, indices], [target], options, version=2)
    given = np.array([-1, 3, -(2**31), 2**31 - 1], np.int32)
    [answer] = HostRuntime(plan(read_graph(content)).content).run([given])
    assert answer.tolist() == [[0, 1], [4, 5], [0, 1], [4, 5]]


@pytest.mark.parametrize("kind", ["ARG_MAX", "ARG_MIN"])
def test_arg_max(kind: str) -> None:
    for chance in examples(25):
        sizes = shape(chance, _rank(chance))
        axis = int(chance.integers(0, len(sizes)))
        dtype = str(chance.choice(["int32", "int64"]))
        name = kind.title().replace("_", "") + "Options"
        fields = {"outputType": {"int32": 2, "int64": 4}[dtype]}
        source, target = _like(sizes), Spec((*sizes[:axis], *sizes[axis + 1 :]), dtype)
        content = network(kind, [source, constant(axis)], [target], (name, fields), version=2)
        check_model(content, [chance.integers(-3, 4, sizes).astype(np.int8)])


def test_scales_are_drawn() -> None:
    """What the examples draw is not all one thing."""
    drawn = {(scale(chance), zero(chance)) for chance in examples(25)}
    assert len(drawn) > 20
