"""The signal operators: each checks its tensors and options, then calls its C kernel on each run.

The kernels trust their sizes, so every size is checked here, once, before the first call. Formulas:
``firmware/lib/signal/signal_operators.h``.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from edgesdk.native import ffi, lib
from edgesdk.tensors import Array

from .node import Node, Step, is_scalar, same_shape

_INT16 = 7  # number of the type int16 in TFLite's schema
_MOST_ROWS = 4096
_MOST_CHANNELS = 1024


def _pointer(array: Array) -> Any:
    """A C pointer to an array, which it keeps alive. Its element type follows from the dtype."""
    return ffi.from_buffer(f"{array.dtype.name}_t[]", array)


def window(node: Node) -> Step:
    """SignalWindow: frame int16 [..., n], weights int16 [n] -> int16 [..., n]."""
    frame, weights, output = node.arrays("int16 int16", "int16")
    shift = node.option("shift", 0, 31)
    node.require(weights.ndim == 1 and frame.ndim >= 1, "the window must be a vector")
    node.require(
        frame.shape[-1:] == weights.shape and same_shape(frame, output),
        f"frame {frame.shape}, window {weights.shape} and output {output.shape} differ",
    )
    size = weights.size
    calls = [
        partial(lib.signal_window, source, _pointer(weights), size, shift, target)
        for source, target in _rows(node, frame, output)
    ]
    return lambda: _call(calls)


def fft_auto_scale(node: Node) -> Step:
    """SignalFftAutoScale: frame int16 [n] -> int16 [n], shift int32 []."""
    frame, output, shift = node.arrays("int16", "int16 int32")
    node.vectors(frame, output)
    node.require(is_scalar(shift), "the shift must be one number")
    source, target = _pointer(frame), _pointer(output)

    def step() -> None:
        shift[...] = lib.signal_fft_auto_scale(source, frame.size, target)

    return step


def rfft(node: Node) -> Step:
    """SignalRfft: frame int16 [..., m] -> int16 [..., length + 2], m <= length."""
    frame, output = node.arrays("int16", "int16")
    length = node.option("fft_length", 4, lib.SIGNAL_RFFT_LONGEST)
    node.option("T", _INT16, _INT16)
    node.require(length & (length - 1) == 0, f"a length of {length} is no power of two")
    node.require(
        frame.ndim >= 1
        and frame.shape[-1] <= length
        and output.shape == (*frame.shape[:-1], length + 2),
        f"frame {frame.shape} and output {output.shape} do not fit a length of {length}",
    )
    calls = [
        partial(lib.signal_rfft, source, frame.shape[-1], length, target)
        for source, target in _rows(node, frame, output)
    ]
    return lambda: _call(calls)


def energy(node: Node) -> Step:
    """SignalEnergy: spectrum int16 [2 * bins] -> uint32 [bins].

    Bins outside the options' range stay 0; TensorFlow Lite Micro leaves there whatever it finds.
    """
    spectrum, output = node.arrays("int16", "uint32")
    node.require(
        spectrum.ndim == output.ndim == 1 and spectrum.size == 2 * output.size,
        f"spectrum {spectrum.shape} and output {output.shape} do not fit",
    )
    end = node.option("end_index", 0, output.size)
    start = node.option("start_index", 0, end)
    return partial(lib.signal_energy, _pointer(spectrum), start, end, _pointer(output))


def filter_bank(node: Node) -> Step:
    """SignalFilterBank: energies uint32 [bins] and five constant tables int16 -> uint64 [n]."""
    energies, *tables, output = node.arrays("uint32 int16 int16 int16 int16 int16", "uint64")
    channels = node.option("num_channels", 1, _MOST_CHANNELS)
    node.constants(1)
    node.vectors(output, np.empty(channels))
    node.require(energies.ndim == 1, "the energies must be a vector")
    _check_bands(node, energies.size, tables, channels)
    bank = ffi.new("signal_bank *")
    pointers = [_pointer(table) for table in tables]
    bank.weights, bank.unweights = pointers[:2]
    bank.frequency_starts, bank.weight_starts, bank.widths = pointers[2:]
    bank.channels = channels
    call = partial(lib.signal_filter_bank, _pointer(energies), bank, _pointer(output))
    return partial(_keeping, pointers, call)


def _check_bands(node: Node, bins: int, tables: list[Array], channels: int) -> None:
    """Every band must lie within the bins and within both weight tables."""
    weights, unweights, *bands = tables
    node.vectors(*bands)
    node.require(bands[0].size >= channels + 1, f"{bands[0].size} bands for {channels} channels")
    frequencies, starts, widths = (band[: channels + 1].astype(np.int64) for band in bands)
    filled = widths > 0
    reach = min(weights.size, unweights.size)
    node.require(
        bool(
            np.all(frequencies[filled] >= 0)
            and np.all(starts[filled] >= 0)
            and np.all((frequencies + widths)[filled] <= bins)
            and np.all((starts + widths)[filled] <= reach)
        ),
        f"a band reaches beyond the {bins} bins or the {reach} weights",
    )


def square_root(node: Node) -> Step:
    """SignalFilterBankSquareRoot: uint64 [n], shift int32 [] -> uint32 [n]."""
    energies, shift, output = node.arrays("uint64 int32", "uint32")
    node.vectors(energies, output)
    node.require(is_scalar(shift), "the shift must be one number")
    source, target = _pointer(energies), _pointer(output)

    def step() -> None:
        bits = shift.item()
        if not 0 <= bits <= 31:
            raise node.undefined(f"it was to shift by {bits} bits, not 0 to 31")
        lib.signal_square_root(source, energies.size, bits, target)

    return step


def spectral_subtraction(node: Node) -> Step:
    """SignalFilterBankSpectralSubtraction: uint32 [n] -> uint32 [n], noise estimate uint32 [n].

    The noise estimate is kept from run to run.
    """
    signal, output, shown = node.arrays("uint32", "uint32 uint32")
    node.vectors(signal, output, shown)
    channels = node.option("num_channels", signal.size, signal.size)
    noise = _noise(node)
    estimate = np.zeros(channels, np.uint32)
    source, state, target = _pointer(signal), _pointer(estimate), _pointer(output)
    node.resets.append(partial(estimate.fill, 0))

    def step() -> None:
        lib.signal_spectral_subtraction(noise, source, channels, state, target)
        shown[...] = estimate

    return step


def _noise(node: Node) -> Any:
    def fraction(key: str) -> int:
        return node.option(key) & 0xFFFFFFFF

    noise = ffi.new("signal_noise *")
    noise.smoothing = [fraction("smoothing"), fraction("alternate_smoothing")]
    noise.one_minus_smoothing = [
        fraction("one_minus_smoothing"),
        fraction("alternate_one_minus_smoothing"),
    ]
    noise.min_signal_remaining = fraction("min_signal_remaining")
    noise.smoothing_bits = node.option("smoothing_bits", 0, 31)
    noise.fraction_bits = node.option("spectral_subtraction_bits", 0, 63)
    noise.clamping = node.option("clamping", 0, 1)
    return noise


def pcan(node: Node) -> Step:
    """SignalPCAN: signal, estimate uint32 [n], gains int16 [125 or more] -> uint32 [n]."""
    signal, estimate, gains, output = node.arrays("uint32 uint32 int16", "uint32")
    node.vectors(signal, estimate, output)
    node.require(
        gains.ndim == 1 and gains.size >= lib.SIGNAL_GAINS,
        f"{gains.size} gains, at least {lib.SIGNAL_GAINS} are needed",
    )
    pointers = [_pointer(array) for array in (signal, estimate, gains)]
    shift = node.option("snr_shift", 0, 63)
    return partial(lib.signal_pcan, *pointers, signal.size, shift, _pointer(output))


def log(node: Node) -> Step:
    """SignalFilterBankLog: uint32 [n] -> int16 [n]."""
    signal, output = node.arrays("uint32", "int16")
    node.vectors(signal, output)
    scale = node.option("output_scale") & 0xFFFFFFFF
    bits = node.option("input_correction_bits", 0, 31)
    return partial(lib.signal_log, _pointer(signal), signal.size, scale, bits, _pointer(output))


def _rows(node: Node, frame: Array, output: Array) -> list[tuple[Any, Any]]:
    """Pointers to the rows of both: all leading axes taken as one."""
    rows = frame.size // frame.shape[-1]
    node.require(rows <= _MOST_ROWS, f"{rows} frames at once, at most {_MOST_ROWS}")
    sources = frame.reshape(-1, frame.shape[-1])
    targets = output.reshape(-1, output.shape[-1])
    return [(_pointer(a), _pointer(b)) for a, b in zip(sources, targets, strict=True)]


def _call(calls: list[Any]) -> None:
    for call in calls:
        call()


def _keeping(_: object, call: Step) -> None:
    """Call; the first argument is only kept alive, because a C struct points into it."""
    call()


KERNELS = {
    "SignalWindow": window,
    "SignalFftAutoScale": fft_auto_scale,
    "SignalRfft": rfft,
    "SignalEnergy": energy,
    "SignalFilterBank": filter_bank,
    "SignalFilterBankSquareRoot": square_root,
    "SignalFilterBankSpectralSubtraction": spectral_subtraction,
    "SignalPCAN": pcan,
    "SignalFilterBankLog": log,
}
