"""The student: BitNet b1.58 (2B4T family), with ternary weights, or with floats to compare."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .shapes import angles, attend, norm, rotate, split

SMALLEST = 1e-5
SPREAD = 0.03  # of the weights before training


@dataclass(frozen=True)
class StudentShape:
    """Sizes and constants of the student."""

    vocabulary: int = 512
    hidden: int = 256
    intermediate: int = 768
    layers: int = 4
    heads: int = 8
    kv_heads: int = 4
    context: int = 512
    theta: float = 10000.0
    epsilon: float = 1e-5

    @property
    def head_size(self) -> int:
        """Entries of a head."""
        return self.hidden // self.heads


def ternary(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Codes (-1, 0, 1) of ``weight`` and their scale, the mean of its absolute values."""
    scale = weight.abs().mean().clamp(min=SMALLEST)
    return (weight / scale).round().clamp(-1, 1), scale


def quantised(values: Tensor) -> tuple[Tensor, Tensor]:
    """Each row of ``values`` [..., n] as whole numbers up to 127, and its step [..., 1]."""
    largest = values.abs().amax(-1, keepdim=True).clamp(min=SMALLEST)
    return (values * (127 / largest)).round().clamp(-128, 127), largest / 127


class BitProducts(torch.autograd.Function):
    """Ternary products of one input with several weights; gradients pass the rounding straight.

    The factors are small whole numbers, which bfloat16 holds exactly.
    """

    @staticmethod
    def forward(ctx, values, *weights):  # type: ignore[no-untyped-def]
        """The products [..., out], one for each of ``weights`` [out, in]."""
        codes = [ternary(weight) for weight in weights]
        rounded, step = quantised(values)
        rounded = rounded.bfloat16()
        narrow = [code.bfloat16() for code, _ in codes]
        ctx.save_for_backward(rounded, step, *narrow, *(scale for _, scale in codes))
        return tuple(
            functional.linear(rounded, code).float() * (step * scale)
            for code, (_, scale) in zip(narrow, codes, strict=True)
        )

    @staticmethod
    def backward(ctx, *gradients):  # type: ignore[no-untyped-def]
        """Gradients as if nothing had been rounded."""
        rounded, step, *rest = ctx.saved_tensors
        count = len(rest) // 2
        to_values = None
        to_weights = []
        flat = (rounded * step).bfloat16().flatten(0, -2)
        for gradient, codes, scale in zip(gradients, rest[:count], rest[count:], strict=True):
            narrow = gradient.bfloat16()
            part = (narrow @ codes).float() * scale
            to_values = part if to_values is None else to_values + part
            to_weights.append((narrow.flatten(0, -2).t() @ flat).float())
        return to_values, *to_weights


class FloatProducts:
    """The same products without rounding, for the comparison."""

    @staticmethod
    def apply(values: Tensor, *weights: Tensor) -> tuple[Tensor, ...]:
        """Float products of ``values`` with each of ``weights``."""
        narrow = values.bfloat16()
        return tuple(functional.linear(narrow, each.bfloat16()).float() for each in weights)


class Layer(nn.Module):
    """One transformer layer with a norm before each of its two last projections."""

    def __init__(self, shape: StudentShape, products: type) -> None:
        super().__init__()
        self.shape, self.products = shape, products
        hidden, inner = shape.hidden, shape.intermediate
        narrow = shape.kv_heads * shape.head_size
        self.attention_norm = nn.Parameter(torch.ones(hidden))
        self.query = projection(hidden, hidden)
        self.key = projection(narrow, hidden)
        self.value = projection(narrow, hidden)
        self.attention_sub_norm = nn.Parameter(torch.ones(hidden))
        self.output = projection(hidden, hidden)
        self.ffn_norm = nn.Parameter(torch.ones(hidden))
        self.gate = projection(inner, hidden)
        self.up = projection(inner, hidden)
        self.ffn_sub_norm = nn.Parameter(torch.ones(inner))
        self.down = projection(hidden, inner)

    def forward(self, hidden: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        """``hidden`` [batch, positions, hidden] after attention and the feed-forward part."""
        hidden = hidden + self.attention(hidden, turns)
        return hidden + self.feed_forward(hidden)

    def attention(self, hidden: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        """What attention adds."""
        shape, epsilon = self.shape, self.shape.epsilon
        normed = norm(hidden, self.attention_norm, epsilon)
        query, key, value = self.products.apply(normed, self.query, self.key, self.value)
        query = rotate(split(query, shape.heads), *turns)
        key = rotate(split(key, shape.kv_heads), *turns)
        mixed = attend(query, key, split(value, shape.kv_heads))
        normed = norm(mixed, self.attention_sub_norm, epsilon)
        return self.products.apply(normed, self.output)[0]

    def feed_forward(self, hidden: Tensor) -> Tensor:
        """What the feed-forward part adds: squared ReLU of the gate, times up, through down."""
        epsilon = self.shape.epsilon
        normed = norm(hidden, self.ffn_norm, epsilon)
        gate, up = self.products.apply(normed, self.gate, self.up)
        inner = norm(functional.relu(gate).square() * up, self.ffn_sub_norm, epsilon)
        return self.products.apply(inner, self.down)[0]


def projection(rows: int, columns: int) -> nn.Parameter:
    """Weights [out, in] to begin with."""
    return nn.Parameter(torch.randn(rows, columns) * SPREAD)


class Student(nn.Module):
    """A decoder of BitNet's architecture; its head is its embedding."""

    def __init__(self, shape: StudentShape, products: type = BitProducts) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Parameter(torch.randn(shape.vocabulary, shape.hidden) * SPREAD)
        self.layers = nn.ModuleList(Layer(shape, products) for _ in range(shape.layers))
        self.final_norm = nn.Parameter(torch.ones(shape.hidden))

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits [batch, positions, vocabulary] after each of ``tokens`` [batch, positions]."""
        turns = angles(self.shape.head_size, self.shape.theta, 0, tokens.shape[1])
        hidden = functional.embedding(tokens, self.embedding)
        for layer in self.layers:
            hidden = layer(hidden, turns)
        normed = norm(hidden, self.final_norm, self.shape.epsilon)
        return functional.linear(normed, self.embedding)
