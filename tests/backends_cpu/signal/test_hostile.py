"""Graphs that are wrong on purpose: each is refused with its id before any kernel sees it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flatbuffers import flexbuffers

from edgesdk.errors import InputMismatch, ModelRefused
from edgesdk_backends.cpu.signal import SignalGraph

from .builder import Operator, Tensor, build, single
from .chain import SPECTRAL, front_end

Edit = Callable[[list[Tensor], list[Operator]], None]
WINDOW, RESHAPE, _, RFFT, ENERGY, CAST, SLICE, JOIN, _, BANK, ROOT, SPECTRUM, PCAN, LOG = range(14)
MUL, DIV, LEAST = 15, 17, 19


def operator(number: int, **changes: Any) -> Edit:
    def edit(_: list[Tensor], operators: list[Operator]) -> None:
        operators[number] = replace(operators[number], **changes)

    return edit


def option(number: int, **changes: Any) -> Edit:
    def edit(_: list[Tensor], operators: list[Operator]) -> None:
        options = {**operators[number].options, **changes}
        kept = {key: value for key, value in options.items() if value is not None}
        operators[number] = replace(operators[number], options=kept)

    return edit


def tensor(number: int, **changes: Any) -> Edit:
    def edit(tensors: list[Tensor], _: list[Operator]) -> None:
        for key, value in changes.items():
            setattr(tensors[number], key, value)

    return edit


def table(number: int, index: int, value: int) -> Edit:
    """One entry of a constant int16 table."""

    def edit(tensors: list[Tensor], _: list[Operator]) -> None:
        data = tensors[number].data.copy()
        data[index] = value
        tensors[number] = Tensor(data=data)

    return edit


def shorter(number: int, size: int) -> Edit:
    def edit(tensors: list[Tensor], _: list[Operator]) -> None:
        tensors[number] = Tensor(data=tensors[number].data[:size])

    return edit


def dynamic(number: int) -> Edit:
    """The constant becomes something that no operator makes."""
    return tensor(number, data=None, raw=None)


def widest(tensors: list[Tensor], _: list[Operator]) -> None:
    """One band as wide as an int16 says, in an otherwise sound bank."""
    table(12, int(np.argmax(tensors[12].data)), 32767)(tensors, _)


def duplicate(_: list[Tensor], operators: list[Operator]) -> None:
    operators.append(operators[0])


def backwards(_: list[Tensor], operators: list[Operator]) -> None:
    operators.reverse()


REFUSED: dict[str, tuple[Edit, str]] = {
    "tensor number beyond": (operator(WINDOW, inputs=[0, 9999]), "EDGE-0284"),
    "tensor number below": (operator(WINDOW, inputs=[0, -1]), "EDGE-0284"),
    "output number beyond": (operator(LOG, outputs=[43]), "EDGE-0284"),
    "used before made": (backwards, "EDGE-0284"),
    "made twice": (duplicate, "EDGE-0284"),
    "writes a constant": (operator(WINDOW, outputs=[1]), "EDGE-0284"),
    "constant missing": (dynamic(1), "EDGE-0284"),
    "unknown custom": (operator(LOG, name="SignalSomething"), "EDGE-0281"),
    "unknown builtin": (operator(CAST, name="CONV_2D"), "EDGE-0281"),
    "too few inputs": (operator(WINDOW, inputs=[0]), "EDGE-0283"),
    "too many inputs": (operator(LOG, inputs=[33, 33]), "EDGE-0283"),
    "no inputs": (operator(RESHAPE, inputs=[]), "EDGE-0283"),
    "wrong dtype": (tensor(19, dtype="int32"), "EDGE-0283"),
    "dtype unknown": (tensor(19, type_code=77), "EDGE-0283"),
    "dtype text": (tensor(19, type_code=5), "EDGE-0283"),
    "output too small": (tensor(19, shape=(1, 479)), "EDGE-0283"),
    "output too large": (tensor(23, shape=(516,)), "EDGE-0283"),
    "axis of length 0": (tensor(19, shape=(0, 480)), "EDGE-0283"),
    "negative axis": (tensor(19, shape=(-1, 480)), "EDGE-0283"),
    "many axes": (tensor(19, shape=(1,) * 100), "EDGE-0282"),
    "huge tensor": (tensor(19, shape=(2**30, 2**30)), "EDGE-0282"),
    "constant too short": (tensor(1, raw=bytes(10)), "EDGE-0283"),
    "window shorter": (shorter(1, 240), "EDGE-0283"),
    "window shift": (option(WINDOW, shift=32), "EDGE-0283"),
    "window shift negative": (option(WINDOW, shift=-1), "EDGE-0283"),
    "option missing": (option(WINDOW, shift=None), "EDGE-0283"),
    "option a text": (option(WINDOW, shift="12"), "EDGE-0283"),
    "option a vector": (option(WINDOW, shift=[1, 2]), "EDGE-0283"),
    "options empty": (operator(WINDOW, custom_options=b""), "EDGE-0283"),
    "options garbage": (operator(WINDOW, custom_options=b"\xff" * 40), "EDGE-0283"),
    "options huge": (operator(WINDOW, custom_options=bytes(5000)), "EDGE-0282"),
    "fft no power of 2": (option(RFFT, fft_length=500), "EDGE-0283"),
    "fft shorter than frame": (option(RFFT, fft_length=256), "EDGE-0283"),
    "fft huge": (option(RFFT, fft_length=2**40), "EDGE-0283"),
    "fft of floats": (option(RFFT, T=0), "EDGE-0283"),
    "energy end": (option(ENERGY, end_index=258), "EDGE-0283"),
    "energy start": (option(ENERGY, start_index=-1), "EDGE-0283"),
    "energy start after end": (option(ENERGY, start_index=242), "EDGE-0283"),
    "band wide": (widest, "EDGE-0283"),
    "band below the bins": (table(10, 0, -1), "EDGE-0283"),
    "band weights below": (table(11, 0, -32768), "EDGE-0283"),
    "band weights beyond": (table(11, 5, 32767), "EDGE-0283"),
    "bank weights short": (shorter(8, 3), "EDGE-0283"),
    "bank unweights short": (shorter(9, 3), "EDGE-0283"),
    "bank starts short": (shorter(10, 40), "EDGE-0283"),
    "bank channels": (option(BANK, num_channels=41), "EDGE-0283"),
    "bank channels huge": (option(BANK, num_channels=2**31 - 1), "EDGE-0283"),
    "bank table not constant": (operator(BANK, inputs=[28, 8, 9, 10, 11, 20]), "EDGE-0283"),
    "root sizes": (tensor(30, shape=(41,)), "EDGE-0283"),
    "root shift a vector": (operator(ROOT, inputs=[29, 6]), "EDGE-0283"),
    "noise channels": (option(SPECTRUM, num_channels=39), "EDGE-0283"),
    "noise bits": (option(SPECTRUM, smoothing_bits=32), "EDGE-0283"),
    "noise fraction": (option(SPECTRUM, spectral_subtraction_bits=64), "EDGE-0283"),
    "noise beyond 32 bits": (option(SPECTRUM, smoothing=2**31), "EDGE-0283"),
    "noise option missing": (option(SPECTRUM, clamping=None), "EDGE-0283"),
    "gains short": (shorter(13, 124), "EDGE-0283"),
    "gain shift": (option(PCAN, snr_shift=64), "EDGE-0283"),
    "gain sizes": (tensor(33, shape=(41,)), "EDGE-0283"),
    "log bits": (option(LOG, input_correction_bits=32), "EDGE-0283"),
    "log scale": (option(LOG, output_scale=2**33), "EDGE-0283"),
    "log size": (tensor(34, shape=(39,)), "EDGE-0283"),
    "reshape size": (tensor(20, shape=(481,)), "EDGE-0283"),
    "reshape other shape": (tensor(20, shape=(2, 240)), "EDGE-0283"),
    "reshape shape of floats": (tensor(2, dtype="float32"), "EDGE-0283"),
    "reshape shape not known": (operator(RESHAPE, inputs=[19, 0]), "EDGE-0283"),
    "cast dtype": (tensor(25, dtype="uint64"), "EDGE-0283"),
    "cast size": (tensor(25, shape=(256,)), "EDGE-0283"),
    "slice stride 0": (tensor(5, raw=bytes(4)), "EDGE-0283"),
    "slice bounds short": (operator(SLICE, inputs=[25, 3, 4, 6]), "EDGE-0283"),
    "slice bounds unknown": (operator(SLICE, inputs=[25, 3, 4, 22]), "EDGE-0283"),
    "slice size": (tensor(26, shape=(235,)), "EDGE-0283"),
    "slice ellipsis": (option(SLICE, EllipsisMask=1), "EDGE-0283"),
    "slice index beyond": (option(SLICE, ShrinkAxisMask=1), "EDGE-0283"),
    "join axis": (option(JOIN, Axis=1), "EDGE-0283"),
    "join axis far": (option(JOIN, Axis=-(2**31)), "EDGE-0283"),
    "join size": (tensor(27, shape=(258,)), "EDGE-0283"),
    "join activation": (option(JOIN, FusedActivationFunction=1), "EDGE-0283"),
    "activation": (option(MUL, FusedActivationFunction=3), "EDGE-0283"),
    "shapes do not broadcast": (operator(MUL, inputs=[35, 6]), "EDGE-0283"),
    "broadcast beyond output": (tensor(40, shape=(1,)), "EDGE-0283"),
    "quantised": (tensor(36, scale=0.5), "EDGE-0283"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    edit, error_id = REFUSED[name]
    with pytest.raises(ModelRefused) as caught:
        SignalGraph(front_end(edit))
    assert caught.value.id == error_id, str(caught.value)


def test_many_tensors_and_operators() -> None:
    frame = Tensor("int32", (1,))
    chain = [Operator("CAST", [i], [i + 1]) for i in range(1025)]
    with pytest.raises(ModelRefused, match="1026, at most 1024"):
        SignalGraph(build([frame] * 1026, chain, [0], [1025]))


def test_memory_of_all_tensors() -> None:
    tensors = [Tensor("uint32", (4 << 20,))] * 5
    with pytest.raises(ModelRefused, match="bytes of tensors"):
        SignalGraph(build(tensors, [], [0], [0]))


def test_many_frames_at_once() -> None:
    weights = Tensor(data=np.ones(1, np.int16))
    frames = Tensor("int16", (4097, 1))
    with pytest.raises(ModelRefused, match="4097 frames"):
        SignalGraph(single("SignalWindow", [frames, weights], [frames], {"shift": 0}))


def test_outputs_of_one_name() -> None:
    with pytest.raises(ModelRefused) as caught:
        SignalGraph(build([Tensor("int32", (1,))], [], [0], [0, 0]))
    assert caught.value.id == "EDGE-0284"


@pytest.mark.parametrize("shift", [-1, 32, -(2**31), 2**31 - 1])
def test_a_shift_beyond_the_word(shift: int) -> None:
    tensors = [Tensor("uint64", (2,)), Tensor("int32", ())], [Tensor("uint32", (2,))]
    graph = SignalGraph(single("SignalFilterBankSquareRoot", *tensors))
    with pytest.raises(ModelRefused) as caught:
        graph.run({"t0": np.ones(2, np.uint64), "t1": np.array(shift, np.int32)})
    assert caught.value.id == "EDGE-0285"


def test_integer_division() -> None:
    pair = [Tensor("int32", (2,)), Tensor("int32", (2,))]
    graph = SignalGraph(single("DIV", pair, [Tensor("int32", (2,))]))
    lowest = np.array([-(2**31), 7], np.int32)
    with pytest.raises(ModelRefused) as caught:
        graph.run({"t0": lowest, "t1": np.array([1, 0], np.int32)})
    assert caught.value.id == "EDGE-0285"
    answer = graph.run({"t0": lowest, "t1": np.array([-1, -2], np.int32)})["t2"]
    assert answer.tolist() == [-(2**31), -3]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"t0": np.zeros((1, 479), np.int16)},
        {"t0": np.zeros((1, 480), np.int32)},
        {"wrong": np.zeros((1, 480), np.int16)},
    ],
)
def test_wrong_inputs(given: dict[str, np.ndarray]) -> None:
    with pytest.raises(InputMismatch):
        SignalGraph(front_end()).run(given)


def nested_options() -> bytes:
    """The map {"shift": 12, "zz": ...}: under zz 12 vectors, each with the one before 8 times."""
    data = bytearray(b"shift\0zz\0\0\0\0")
    integer, vector, map_ = (kind << 2 | 2 for kind in (1, 10, 9))  # of 4 bytes each
    data += struct.pack("<I8I", 8, *range(8)) + bytes([integer]) * 8
    below = 16
    for _ in range(12):
        data += struct.pack("<I", 8)
        here = len(data)
        data += struct.pack("<8I", *(here + 4 * i - below for i in range(8))) + bytes([vector]) * 8
        below = here
    data += struct.pack("<I", 2)
    keys = len(data)
    data += struct.pack("<2I", keys, keys + 4 - 6)
    data += struct.pack("<3I", len(data) - keys, 4, 2)
    values = len(data)
    data += struct.pack("<2I", 12, values + 4 - below) + bytes([integer, vector])
    root = len(data)
    return bytes(data + bytes([root - values, map_, 1]))


def test_options_that_would_never_be_decoded_whole() -> None:
    options = nested_options()
    root = flexbuffers.GetRoot(options).AsMap
    assert root["zz"].AsVector[7].AsVector[0].IsVector  # the bytes are what they should be
    assert SignalGraph(front_end(operator(WINDOW, custom_options=options))).inputs[0].name == "t0"


def test_sound_options_still_pass() -> None:
    """The edits above fail for their own reason: an edit that changes nothing passes."""
    SignalGraph(front_end(option(SPECTRUM, **SPECTRAL)))
