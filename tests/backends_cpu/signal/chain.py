"""A whole audio front end as a graph, like the real ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .builder import Operator, Tensor, build
from .frames import FRAME

SPECTRAL = {
    "alternate_one_minus_smoothing": 15401,
    "alternate_smoothing": 983,
    "clamping": False,
    "min_signal_remaining": 819,
    "num_channels": 40,
    "one_minus_smoothing": 15975,
    "smoothing": 409,
    "smoothing_bits": 10,
    "spectral_subtraction_bits": 14,
}
PLAIN = {"FusedActivationFunction": 0}


def bank(seed: int, channels: int, bins: int, lowest: int) -> list[Tensor]:
    """Five tables of random bands, some of them empty."""
    random = np.random.default_rng(seed)
    widths = random.integers(-1, 9, channels + 1).clip(0)
    starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
    frequencies = random.integers(0, bins - 8, channels + 1)
    weights = random.integers(lowest, 32768, (2, int(widths.sum())))
    rows = (*weights, frequencies, starts, widths)
    return [Tensor(data=np.asarray(row).astype(np.int16)) for row in rows]


def front_end(edit: Callable[[list[Tensor], list[Operator]], None] | None = None) -> bytes:
    """An audio front end like the real ones: frame int16 [1, 480] -> features int8 [40]."""
    tensors, operators = _chain()
    if edit is not None:
        edit(tensors, operators)
    return build(tensors, operators, [0], [len(tensors) - 1])


def _chain() -> tuple[list[Tensor], list[Operator]]:
    """Constants first (1 to 18), then what the operators make, in order."""
    angle = np.pi * (np.arange(FRAME) + 0.5) / FRAME
    gains = np.random.default_rng(12).integers(0, 2000, 125)
    scalars = [np.array(v, np.int32) for v in (256, 333, 666, -128, 127)]
    ends = [np.array([v], np.int32) for v in (5, 241, 1)]
    constants = [
        Tensor(data=np.round(4096 * np.sin(angle) ** 2).astype(np.int16)),  # 1
        Tensor(data=np.array([-1], np.int32)),  # 2
        *(Tensor(data=end) for end in ends),  # 3, 4, 5
        Tensor(data=np.zeros(5, np.int32)),  # 6
        Tensor(data=np.zeros(16, np.int32)),  # 7
        *bank(13, 40, 257, 0),  # 8 to 12
        Tensor(data=gains.astype(np.int16)),  # 13
        *(Tensor(data=scalar) for scalar in scalars),  # 14 to 18
    ]
    made = [("int16", (1, FRAME)), ("int16", (FRAME,)), ("int16", (FRAME,)), ("int32", ())]  # to 22
    made += [("int16", (514,)), ("uint32", (257,)), ("int32", (257,)), ("int32", (236,))]  # to 26
    made += [("int32", (257,)), ("uint32", (257,)), ("uint64", (40,)), ("uint32", (40,))]  # to 30
    made += (
        [("uint32", (40,))] * 3 + [("int16", (40,))] + [("int32", (40,))] * 7 + [("int8", (40,))]
    )
    rest = [Tensor(dtype, shape) for dtype, shape in made]
    return [Tensor("int16", (1, FRAME)), *constants, *rest], _chain_operators()


def _chain_operators() -> list[Operator]:
    return [
        Operator("SignalWindow", [0, 1], [19], {"shift": 12}),
        Operator("RESHAPE", [19, 2], [20]),
        Operator("SignalFftAutoScale", [20], [21, 22]),
        Operator("SignalRfft", [21], [23], {"T": 7, "fft_length": 512}),
        Operator("SignalEnergy", [23], [24], {"end_index": 241, "start_index": 5}),
        Operator("CAST", [24], [25]),
        Operator("STRIDED_SLICE", [25, 3, 4, 5], [26]),
        Operator("CONCATENATION", [6, 26, 7], [27], PLAIN),
        Operator("CAST", [27], [28]),
        Operator("SignalFilterBank", [28, 8, 9, 10, 11, 12], [29], {"num_channels": 40}),
        Operator("SignalFilterBankSquareRoot", [29, 22], [30]),
        Operator("SignalFilterBankSpectralSubtraction", [30], [31, 32], SPECTRAL),
        Operator("SignalPCAN", [31, 32, 13], [33], {"snr_shift": 6}),
        Operator(
            "SignalFilterBankLog", [33], [34], {"input_correction_bits": 3, "output_scale": 64}
        ),
        Operator("CAST", [34], [35]),
        Operator("MUL", [35, 14], [36], PLAIN),
        Operator("ADD", [36, 15], [37], PLAIN),
        Operator("DIV", [37, 16], [38], PLAIN),
        Operator("ADD", [38, 17], [39], PLAIN),
        Operator("MINIMUM", [39, 18], [40]),
        Operator("MAXIMUM", [40, 17], [41]),
        Operator("CAST", [41], [42]),
    ]
