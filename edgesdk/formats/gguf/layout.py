"""Which of the I2_S layouts a file has: first what its shapes allow, then what its weights show.

All layouts give the same codes in another order, so that no count of codes can tell them apart. But
in a trained model neighbours agree: a feed-forward entry that the gate uses much is used much by
the layer below it, an input that a norm makes large meets other weights than a small one. In a
wrong order these agreements vanish. Where none stands out, it is the layout of all published files.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...decoder.config import DecoderConfig
from ..decoder_checks import malformed
from .frame import GgufFile
from .i2s import LAYOUTS, X86, codes, possible
from .tensors import GgufTensors
from .types import I2_S

# The sum of squares of about seven scores that are normal by chance. Above the first it is none;
# another layout than the published one must in addition beat it by the second factor.
_CLEAR, _FACTOR = 60.0, 4.0
_Profile = NDArray[np.float64]


def decide_layout(frame: GgufFile, config: DecoderConfig) -> tuple[str, str]:
    """The layout, and a note where it is not the published one.

    Raises ``ModelRefused`` (EDGE-02100) when the shapes allow none.
    """
    shapes = [
        (tensor.shape[0], tensor.shape[1])
        for tensor in frame.tensors.values()
        if tensor.type == I2_S and len(tensor.shape) == 2
    ]
    if not shapes:
        return X86, ""
    allowed = [name for name in LAYOUTS if all(possible(name, shape) for shape in shapes)]
    if not allowed:
        raise malformed(frame.file.name, "GGUF", "no I2_S layout has matrices of its sizes")
    chosen = allowed[0]
    if len(allowed) > 1:
        chosen = _best({name: _evidence(frame, config, name) for name in allowed})
    return chosen, "" if chosen == X86 else f"its I2_S tensors were taken as packed {chosen}"


def _best(evidence: dict[str, float]) -> str:
    usual = next(iter(evidence))
    best = max(evidence, key=lambda name: evidence[name])
    clear = evidence[best] >= max(_CLEAR, _FACTOR * evidence[usual])
    return best if clear else usual


def _evidence(frame: GgufFile, config: DecoderConfig, layout: str) -> float:
    """How much the matrices of the middle layer agree with what stands before and after them."""
    before = f"blk.{config.layers // 2}."
    tensors = GgufTensors(frame, layout)

    def use(name: str, axis: int) -> _Profile | None:
        """The share of codes that are not 0, of each row (axis 1) or column (axis 0)."""
        tensor = frame.tensors.get(f"{before}{name}.weight")
        if tensor is None or tensor.type != I2_S or len(tensor.shape) != 2:
            return None
        matrix = codes(tensors.packed(tensor), (tensor.shape[0], tensor.shape[1]), layout)
        return np.asarray(np.count_nonzero(matrix, axis=axis), np.float64)

    def norm(name: str) -> _Profile | None:
        name = f"{before}{name}.weight"
        return np.abs(tensors.floats(name)).astype(np.float64) if name in tensors else None

    down, gate = use("ffn_down", 0), use("ffn_gate", 0)
    pairs = [
        (use("ffn_gate", 1), down),
        (use("ffn_up", 1), down),
        (norm("ffn_sub_norm"), down),
        (norm("ffn_norm"), gate),
        (use("ffn_down", 1), gate),
        (norm("attn_sub_norm"), use("attn_output", 0)),
        (norm("attn_norm"), use("attn_q", 0)),
    ]
    return sum(_score(a, b) ** 2 for a, b in pairs if a is not None and b is not None)


def _score(a: _Profile, b: _Profile) -> float:
    """Correlation of ranks, times the root of their number: normal where it is chance."""
    if a.shape != b.shape or min(np.ptp(a), np.ptp(b)) == 0:
        return 0.0
    return float(np.corrcoef(_ranks(a), _ranks(b))[0, 1] * np.sqrt(len(a)))


def _ranks(values: _Profile) -> _Profile:
    """Ranks, equal ones for equal values: ties broken by order would agree by themselves."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle: _Profile = np.cumsum(counts) - counts / 2
    return middle[places]
