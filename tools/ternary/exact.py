"""The products of a trained student without the short cuts of training, for its evaluation."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from .student import quantised, ternary


class ExactTernary:
    """What a device computes: float32 holds the whole numbers and their sums exactly."""

    @staticmethod
    def apply(values: Tensor, *weights: Tensor) -> tuple[Tensor, ...]:
        """Ternary products of ``values`` [..., in] with each of ``weights`` [out, in]."""
        rounded, step = quantised(values)
        pairs = [ternary(weight) for weight in weights]
        return tuple(functional.linear(rounded, codes) * (step * scale) for codes, scale in pairs)


class ExactFloat:
    """The float comparison in float32."""

    @staticmethod
    def apply(values: Tensor, *weights: Tensor) -> tuple[Tensor, ...]:
        """Products of ``values`` [..., in] with each of ``weights`` [out, in]."""
        return tuple(functional.linear(values, weight) for weight in weights)
