"""Float operators of the vector units and of attention, counted as in ``hls/kernels``' comments.

A unit that takes an argument a cycle has every operator of its chain. The tool makes a unit for
every instance of a function template that is called from another place.
"""

from __future__ import annotations

from .area import Operators
from .design import Streaming

RECIPROCAL = Operators(multiplications=6, additions=3)
RSQRT = Operators(multiplications=10, additions=3)
EXPONENTIAL = Operators(multiplications=10, additions=11, conversions=2)
TREE = Operators(additions=15)  # of 16 lanes
# Outside of a loop one thing is done after the other, and operators are used again: as many as work
# at the same time. Of a chain one of each, of a tree its first row.
CHAIN, FIRST_ROW = Operators(1, 1), Operators(additions=8)


def norm(design: Streaming) -> Operators:
    """The sum of squares, its root, two products an element; then the codes."""
    squares = Operators(1, 1).times(design.summed) + FIRST_ROW
    products = Operators(multiplications=2, comparisons=1).times(design.vector)
    codes = Operators(multiplications=1, conversions=1).times(design.vector)
    return squares + CHAIN + products + CHAIN + codes


def placing(design: Streaming) -> Operators:
    """Sums to floats, RoPE, the residual stream; and the step of a row."""
    each = Operators(multiplications=1 + 3, additions=1 + 1, conversions=1)
    return each.times(design.vector) + Operators(1)


def activation(design: Streaming) -> Operators:
    """The sum of up to a float; SiLU's two units, which ReLU squared passes by; two products."""
    scaled = Operators(multiplications=1, conversions=1)
    each = scaled + EXPONENTIAL + RECIPROCAL + Operators(2, 2, comparisons=1)
    return each.times(design.activation)


def attention(design: Streaming, steps: int) -> Operators:
    """Scores with a chain for the steps of a head, softmax, values, and their division."""
    scores = Operators(multiplications=16) + TREE + Operators(additions=steps)
    softmax = EXPONENTIAL + RECIPROCAL + Operators(1, 2, comparisons=1)
    values = Operators(multiplications=32, additions=16)
    return (scores + softmax + values).times(design.queries) + Operators(16)


def head() -> Operators:
    """A logit of each sum: the rows take far longer than these."""
    return Operators(multiplications=2, conversions=1)
