"""Graphs and inputs for which the golden file holds TensorFlow Lite Micro's outputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .builder import Tensor, single
from .chain import PLAIN, SPECTRAL, bank, front_end
from .frames import FRAME, long_words, samples, words

Runs = list[tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class Case:
    """A model, and inputs to feed it one after the other."""

    name: str
    model: bytes
    runs: Runs


def cases() -> Iterator[Case]:
    """All cases, the same on every call."""
    yield from _windows()
    yield _auto_scale()
    yield from _transforms()
    yield _energy()
    yield from _filter_banks()
    yield _roots()
    yield from _subtractions()
    yield from _gains()
    yield from _logarithms()
    yield from _casts()
    yield from _arithmetic()
    yield from _slices()
    yield _front_end()


def _alone(arrays: list[np.ndarray]) -> Runs:
    return [(array,) for array in arrays]


def _windows() -> Iterator[Case]:
    weights = Tensor(data=np.random.default_rng(1).integers(-32768, 32768, 160).astype(np.int16))
    for shift in (0, 12, 15, 31):
        tensors = [Tensor("int16", (2, 160)), weights], [Tensor("int16", (2, 160))]
        runs = _alone([frame.reshape(2, 160) for frame in samples(shift, 320, 7)])
        yield Case(f"window-{shift}", single("SignalWindow", *tensors, {"shift": shift}), runs)


def _auto_scale() -> Case:
    tensors = [Tensor("int16", (40,))], [Tensor("int16", (40,)), Tensor("int32", ())]
    quiet = [np.full(40, 1 << bit, np.int16) for bit in range(15)]
    late = [np.concatenate([frame[:39], [-32768]]).astype(np.int16) for frame in samples(3, 40, 7)]
    runs = _alone(samples(2, 40, 42) + quiet + late)
    return Case("auto-scale", single("SignalFftAutoScale", *tensors), runs)


def _transforms() -> Iterator[Case]:
    for length in (4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096):
        size = length - length // 16
        model = single(
            "SignalRfft",
            [Tensor("int16", (size,))],
            [Tensor("int16", (length + 2,))],
            {"T": 7, "fft_length": length},
        )
        runs = samples(length, size, 5 if length <= 512 else 3)
        yield Case(f"rfft-{length}", model, _alone(runs))


def _energy() -> Case:
    model = single(
        "SignalEnergy",
        [Tensor("int16", (66,))],
        [Tensor("uint32", (33,))],
        {"end_index": 33, "start_index": 0},
    )
    return Case("energy", model, _alone(samples(4, 66, 14)))


def _filter_banks() -> Iterator[Case]:
    for lowest in (0, -32768):
        tensors = [Tensor("uint32", (64,)), *bank(5, 10, 64, lowest)]
        output = [Tensor("uint64", (10,))]
        model = single("SignalFilterBank", tensors, output, {"num_channels": 10})
        yield Case(f"filter-bank-{lowest}", model, _alone(words(6, 64, 8)))


def _roots() -> Case:
    tensors = [Tensor("uint64", (300,)), Tensor("int32", ())], [Tensor("uint32", (300,))]
    runs: Runs = [
        (long_words(i, 300), np.array(shift, np.int32))
        for i, shift in enumerate((0, 0, 1, 7, 15, 31))
    ]
    return Case("square-root", single("SignalFilterBankSquareRoot", *tensors), runs)


def _subtractions() -> Iterator[Case]:
    wild = dict.fromkeys(SPECTRAL, 2**30 + 12345) | {"num_channels": 40}
    options = {
        "usual": SPECTRAL,
        "clamped": SPECTRAL | {"clamping": True},
        "no-bits": SPECTRAL | {"smoothing_bits": 0, "spectral_subtraction_bits": 0},
        "wild": wild | {"clamping": True, "smoothing_bits": 31, "spectral_subtraction_bits": 31},
    }
    for name, chosen in options.items():
        tensors = [Tensor("uint32", (40,))], [Tensor("uint32", (40,))] * 2
        model = single("SignalFilterBankSpectralSubtraction", *tensors, chosen)
        yield Case(f"subtraction-{name}", model, _alone(words(7, 40, 12)))


def _gains() -> Iterator[Case]:
    random = np.random.default_rng(8)
    tables = random.integers(-32768, 32768, 125), random.choice([-32768, 32767], 125)
    for i, (table, shift) in enumerate(zip(tables * 2, (6, 0, 31, 63), strict=True)):
        gains = Tensor(data=table.astype(np.int16))
        tensors = [Tensor("uint32", (40,)), Tensor("uint32", (40,)), gains]
        model = single("SignalPCAN", tensors, [Tensor("uint32", (40,))], {"snr_shift": shift})
        runs = list(zip(words(9 + i, 40, 8), words(19 + i, 40, 8), strict=True))
        yield Case(f"pcan-{i}", model, runs)


def _logarithms() -> Iterator[Case]:
    for scale, bits in ((64, 3), (1600, 0), (2**31 - 1, 0), (-5, 31)):
        options = {"input_correction_bits": bits, "output_scale": scale}
        tensors = [Tensor("uint32", (300,))], [Tensor("int16", (300,))]
        model = single("SignalFilterBankLog", *tensors, options)
        yield Case(f"log-{scale}-{bits}", model, _alone(words(10, 300, 8)))


_WHOLE = np.array([-(2**31), 2**31 - 1, 300, -300, 70000, 7, -7, 0])
_REAL = np.array([1.5, -1.5, 127.9, -129, 4e4, 3e9, 5e9, -3e9, np.inf, -np.inf, np.nan, -0.9])


def _casts() -> Iterator[Case]:
    names = ("int8", "int16", "int32", "uint32", "float32")
    for source in names:
        values = _REAL.astype(np.float32) if source == "float32" else _WHOLE.astype(source)
        for target in names:
            tensors = [Tensor(source, values.shape)], [Tensor(target, values.shape)]
            yield Case(f"cast-{source}-{target}", single("CAST", *tensors), [(values,)])


def _arithmetic() -> Iterator[Case]:
    whole = _WHOLE.astype(np.int32), np.array([-3, -1, -7, 7, 70000, -2, 2, 5], np.int32)
    real = _REAL.astype(np.float32), _REAL[::-1].astype(np.float32)
    broadcast = np.arange(-3, 3, dtype=np.int32).reshape(2, 3), np.array([2, -5, 7], np.int32)
    for name in ("ADD", "MUL", "DIV", "MINIMUM", "MAXIMUM"):
        options = PLAIN if name in {"ADD", "MUL", "DIV"} else {}
        for kind, (a, b) in {"int32": whole, "float32": real, "broadcast": broadcast}.items():
            tensors = [Tensor(x.dtype.name, x.shape) for x in (a, b)]
            model = single(name, tensors, [Tensor(a.dtype.name, a.shape)], options)
            yield Case(f"{name.lower()}-{kind}", model, [(a, b)])


def _slices() -> Iterator[Case]:
    x = np.arange(60, dtype=np.int32).reshape(3, 4, 5)
    chosen: dict[str, tuple[list[int], list[int], list[int], dict[str, int]]] = {
        "plain": ([1, 0, 1], [3, 4, 4], [1, 2, 1], {}),
        "negative": ([-1, -3, -1], [3, -1, 0], [1, 1, -2], {}),
        "masks": ([1, 1, 1], [2, 2, 2], [1, 1, 1], {"BeginMask": 1, "EndMask": 6}),
        "beyond": ([0, -9, 4], [9, 9, -9], [2, 3, -1], {}),
        "shrink": ([2, 0, 0], [3, 4, 5], [1, 1, 1], {"ShrinkAxisMask": 1}),
    }
    indices: dict[str, tuple[Any, ...]] = {
        "plain": np.s_[1:3, 0:4:2, 1:4],
        "negative": np.s_[2:3, 1:3, 4:0:-2],
        "masks": np.s_[0:2, 1:, 1:],
        "beyond": np.s_[::2, ::3, ::-1],
        "shrink": np.s_[2],
    }
    for name, (begin, end, stride, options) in chosen.items():
        bounds = [Tensor(data=np.array(row, np.int32)) for row in (begin, end, stride)]
        output = Tensor("int32", x[indices[name]].shape)
        model = single("STRIDED_SLICE", [Tensor("int32", x.shape), *bounds], [output], options)
        yield Case(f"slice-{name}", model, [(x,)])
    for axis in (0, -1):
        shape = (6, 4, 5) if axis == 0 else (3, 4, 10)
        pair = [Tensor("int32", x.shape)] * 2
        options = {"Axis": axis, **PLAIN}
        model = single("CONCATENATION", pair, [Tensor("int32", shape)], options)
        yield Case(f"concatenation-{axis}", model, [(x, x[::-1].copy())])


def _front_end() -> Case:
    runs = _alone([frame[None] for frame in samples(11, FRAME, 21)])
    return Case("front-end", front_end(), runs)
