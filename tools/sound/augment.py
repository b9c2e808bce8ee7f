"""Augmentation of log-mel batches: shift, gain, colour, noise, mixing, masks.

Sounds add up in power, so that gain, noise and mixing work on energies, not on their logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

FLOOR = 1e-8  # what the front end adds to each band's energy before the logarithm


@dataclass(frozen=True)
class Strength:
    """How far each augmentation goes; decibels are of energy."""

    gain_db: float = 10.0
    colour_db: float = 8.0
    noise_db: tuple[float, float] = (-80.0, -35.0)
    noise_chance: float = 0.5
    mix_chance: float = 0.7
    time_mask: int = 20  # frames
    mel_mask: int = 10  # bands
    masks: int = 2


def augment(
    views: Tensor, targets: Tensor, strength: Strength, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """views [batch, frames, mels] and one-hot targets [batch, classes] -> the same, augmented."""
    energy = (views.exp() - FLOOR).clamp_min(0)
    energy = roll(energy, generator)
    energy = energy * gain(energy, strength, generator)
    energy, targets = mix(energy, targets, strength, generator)
    energy = energy + noise(energy, strength, generator)
    return mask((energy + FLOOR).log(), strength, generator), targets


def uniform(generator: torch.Generator, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Uniform random numbers of the generator."""
    return low + (high - low) * torch.rand(shape, generator=generator)


def decibels(value: Tensor) -> Tensor:
    """Decibels of energy as a factor."""
    return (value * 0.23025850929940458).exp()  # ln(10) / 10


def roll(energy: Tensor, generator: torch.Generator) -> Tensor:
    """Each example starts at another frame and wraps around."""
    batch, frames, mels = energy.shape
    start = torch.randint(frames, (batch, 1), generator=generator)
    index = (torch.arange(frames) + start) % frames
    return energy.gather(1, index[:, :, None].expand(-1, -1, mels))


def gain(energy: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """Loudness and a smooth colour over the bands, [batch, 1, mels]."""
    batch, _, mels = energy.shape
    loudness = uniform(generator, batch, 1, 1, low=-strength.gain_db, high=strength.gain_db)
    return decibels(loudness + strength.colour_db * smooth_curve(batch, mels, generator))


def smooth_curve(batch: int, mels: int, generator: torch.Generator) -> Tensor:
    """Three random cosines over the bands, about -1..1, [batch, 1, mels]."""
    position = torch.arange(mels) / mels * torch.pi
    waves = torch.stack([(order * position).cos() for order in (1, 2, 3)])
    return (uniform(generator, batch, 3, low=-0.7, high=0.7) @ waves)[:, None, :]


def mix(
    energy: Tensor, targets: Tensor, strength: Strength, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Adds another example of the batch to some; targets share by the square root of energy."""
    batch = len(energy)
    other = torch.randperm(batch, generator=generator)
    chosen = uniform(generator, batch) < strength.mix_chance
    share = torch.where(chosen, uniform(generator, batch, low=0.0, high=0.5), torch.zeros(batch))
    loud = energy.mean((1, 2)).clamp_min(1e-7)
    scale = (share / (1 - share)) ** 2 * loud / loud[other]
    mixed = energy + scale[:, None, None] * energy[other]
    return mixed, targets + share[:, None] * (targets[other] - targets)


def noise(energy: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """Coloured noise: the energy of a band of Gaussian noise is exponentially distributed."""
    batch, _, mels = energy.shape
    low, high = strength.noise_db
    level = uniform(generator, batch, 1, 1, low=low, high=high)
    power = decibels(level + 10.0 * smooth_curve(batch, mels, generator))
    chosen = uniform(generator, batch, 1, 1) < strength.noise_chance
    grain = -uniform(generator, *energy.shape, low=1e-6).log()
    return power * chosen * grain


def mask(features: Tensor, strength: Strength, generator: torch.Generator) -> Tensor:
    """Replaces stretches of frames and bands by the example's mean."""
    mean = features.mean((1, 2), keepdim=True)
    for _ in range(strength.masks):
        frames = stretch(features, 1, strength.time_mask, generator)[:, :, None]
        bands = stretch(features, 2, strength.mel_mask, generator)[:, None, :]
        features = torch.where(frames | bands, mean, features)
    return features


def stretch(features: Tensor, axis: int, longest: int, generator: torch.Generator) -> Tensor:
    """A random stretch of 0..longest entries along the axis, bool[batch, size of the axis]."""
    batch, size = len(features), features.shape[axis]
    width = uniform(generator, batch, 1, high=longest)
    start = uniform(generator, batch, 1) * (size - width)
    position = torch.arange(size)
    return (position >= start) & (position < start + width)
