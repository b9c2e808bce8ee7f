"""What the decoder block is told of a model: sizes, and where everything lies in its memory.

The fields are named as the registers are.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import sqrt

from ..registers import FLAG

_NO_REGISTERS = (
    "relu_squared",
    "sub_norms",
    "real_hidden",
    "real_intermediate",
    "real_head_size",
)


@dataclass(frozen=True)
class Shape:
    """Sizes of a model as it lies in memory: zeros fill what is no multiple of 16.

    ``vocabulary`` is 0 where the head is not in the fabric. Sizes with ``real_`` are the model's
    own, without zeros; 0 where they are the same.
    """

    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    context: int  # positions of the cache
    relu_squared: bool
    sub_norms: bool
    epsilon: float
    real_hidden: int = 0
    real_intermediate: int = 0
    real_head_size: int = 0

    @property
    def width(self) -> int:
        """Of the queries of all heads."""
        return self.heads * self.head_size

    @property
    def flags(self) -> int:
        """The bits of the register of that name."""
        bits = FLAG["relu_squared"] * self.relu_squared + FLAG["sub_norms"] * self.sub_norms
        return int(bits + FLAG["head"] * (self.vocabulary > 0))

    def registers(self) -> dict[str, float]:
        """The registers that a shape decides: what means and scores are divided by is real."""
        values: dict[str, float] = asdict(self)
        for name in _NO_REGISTERS:
            del values[name]
        head_size = self.real_head_size or self.head_size
        return values | {
            "flags": self.flags,
            "inverse_hidden": 1 / (self.real_hidden or self.hidden),
            "inverse_width": 1 / (self.heads * head_size),
            "inverse_intermediate": 1 / (self.real_intermediate or self.intermediate),
            "attention_scale": 1 / sqrt(head_size),
        }


@dataclass(frozen=True)
class Addresses:
    """Where everything lies; a multiple of 4096 each. Heads are 0 where there is none."""

    weights: tuple[int, int, int, int]
    parameters: int
    rotations: int
    keys: tuple[int, int]
    values: tuple[int, int]
    states: int
    head: tuple[int, int, int, int] = (0, 0, 0, 0)
    head_scales: int = 0
    logits: int = 0

    def registers(self) -> dict[str, float]:
        """The registers that take an address."""
        found: dict[str, float] = {}
        for name, value in asdict(self).items():
            if isinstance(value, tuple):
                found |= {f"{name}_{index}": address for index, address in enumerate(value)}
            else:
                found[name] = value
        return found
