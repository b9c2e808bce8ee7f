"""A tiny BERT-style encoder over log-mel frames, behind a convolutional stem."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    """Sizes of the encoder: 6,718 parameters as they stand."""

    frames: int = 128
    mels: int = 64
    stem: tuple[int, int] = (6, 8)  # channels of the two convolutions
    width: int = 16
    heads: int = 2
    hidden: int = 32
    layers: int = 2
    classes: int = 10


class Normalise(nn.Module):
    """Takes the loudness out: each clip has mean 0; a factor of e^3 in energy becomes 1."""

    def forward(self, features: Tensor) -> Tensor:
        """[batch, frames, mels] -> the same."""
        return (features - features.mean((1, 2), keepdim=True)) / 3.0


def block(inputs: int, outputs: int, stride: int = 2) -> nn.Sequential:
    """3x3 convolution, batch norm (folded into it at export), ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class Stem(nn.Module):
    """Two strided convolutions and a maximum over neighbouring bands: a token per 4 frames."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        first, second = shape.stem
        self.body = nn.Sequential(block(1, first), block(first, second), nn.MaxPool2d((1, 2)))
        self.embed = nn.Linear(second * shape.mels // 8, shape.width)

    def forward(self, features: Tensor) -> Tensor:
        """[batch, frames, mels] -> [batch, frames / 4, width]."""
        maps = self.body(features.unsqueeze(1))  # [batch, channels, frames / 4, mels / 8]
        return self.embed(maps.transpose(1, 2).flatten(2))


class Layer(nn.Module):
    """One pre-norm encoder layer: attention, then a feed-forward net, each added to its input."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.scale = (shape.width // shape.heads) ** -0.5
        self.norm_attention = nn.LayerNorm(shape.width)
        self.query_key_value = nn.Linear(shape.width, 3 * shape.width)
        self.merge = nn.Linear(shape.width, shape.width)
        self.norm_forward = nn.LayerNorm(shape.width)
        self.up = nn.Linear(shape.width, shape.hidden)
        self.down = nn.Linear(shape.hidden, shape.width)

    def split(self, part: Tensor) -> Tensor:
        """[batch, tokens, width] -> [batch, heads, tokens, width / heads]."""
        return part.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def attention(self, tokens: Tensor) -> Tensor:
        """[batch, tokens, width] -> the same."""
        query, key, value = map(self.split, self.query_key_value(tokens).chunk(3, 2))
        weights = (query @ key.transpose(2, 3) * self.scale).softmax(-1)
        return self.merge((weights @ value).transpose(1, 2).flatten(2))

    def forward(self, tokens: Tensor) -> Tensor:
        """[batch, tokens, width] -> the same."""
        tokens = tokens + self.attention(self.norm_attention(tokens))
        return tokens + self.down(torch.relu(self.up(self.norm_forward(tokens))))


class Encoder(nn.Module):
    """A class token and the stem's tokens through the layers; the class token names the sound."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.stem = Stem(shape)
        # Row 0 is the class token: it has a position and no content.
        self.positions = nn.Parameter(0.02 * torch.randn(1 + shape.frames // 4, shape.width))
        self.layers = nn.Sequential(*(Layer(shape) for _ in range(shape.layers)))
        self.norm = nn.LayerNorm(shape.width)
        self.head = nn.Linear(shape.width, shape.classes)

    def forward(self, features: Tensor) -> Tensor:
        """[batch, frames, mels] -> logits [batch, classes]."""
        tokens = nn.functional.pad(self.stem(self.normalise(features)), (0, 0, 1, 0))
        encoded = self.layers(tokens + self.positions)
        return self.head(self.norm(encoded[:, 0]))


def parameters(net: nn.Module) -> int:
    """How many numbers were learnt, with each folded batch norm counted as the bias it becomes."""
    learnt = sum(value.numel() for value in net.parameters())
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    return learnt - sum(norm.num_features for norm in norms)
