"""The recipe: AdamW on augmented views under a one-cycle rate, and an average of the weights."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from .augment import Strength, augment
from .model import Encoder, Shape

CLASSES = 10


@dataclass(frozen=True)
class Recipe:
    """Every number of the training that is not an augmentation's or the encoder's."""

    seed: int = 1
    steps: int = 5000
    batch: int = 64
    rate: float = 4e-3
    warm_up: float = 0.1  # share of the steps
    decay: float = 0.02  # of the weights, in AdamW
    smoothing: float = 0.1  # of the labels
    average: float = 0.998  # kept of the weights' running average at each step
    strength: Strength = field(default_factory=Strength)


def fit(views: Tensor, targets: Tensor, recipe: Recipe) -> Encoder:
    """views [clips, views, frames, mels] and targets [clips] -> a trained encoder."""
    torch.manual_seed(recipe.seed)
    generator = torch.Generator().manual_seed(recipe.seed)
    encoder = Encoder(Shape(frames=views.shape[2], mels=views.shape[3], classes=CLASSES))
    averaged = copy.deepcopy(encoder)
    optimiser = torch.optim.AdamW(encoder.parameters(), recipe.rate, weight_decay=recipe.decay)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, total_steps=recipe.steps, pct_start=recipe.warm_up
    )
    for step in range(recipe.steps):
        descend(encoder, draw(views, targets, recipe, generator), optimiser, recipe)
        cycle.step()
        follow(averaged, encoder, min(recipe.average, (step + 1) / (step + 10)))
    return averaged.eval()


def draw(
    views: Tensor, targets: Tensor, recipe: Recipe, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Random clips, a random view of each, augmented: [batch, frames, mels], [batch, classes]."""
    clip = torch.randint(len(views), (recipe.batch,), generator=generator)
    view = torch.randint(views.shape[1], (recipe.batch,), generator=generator)
    wanted = functional.one_hot(targets[clip], CLASSES).float()
    return augment(views[clip, view], wanted, recipe.strength, generator)


def descend(
    encoder: Encoder, batch: tuple[Tensor, Tensor], optimiser: torch.optim.Optimizer, recipe: Recipe
) -> None:
    """One step down the gradient of the batch's cross-entropy."""
    inputs, wanted = batch
    loss = functional.cross_entropy(encoder(inputs), wanted, label_smoothing=recipe.smoothing)
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
    optimiser.step()


@torch.no_grad()
def follow(averaged: nn.Module, encoder: nn.Module, keep: float) -> None:
    """Move the running average towards the weights; counters are copied."""
    for old, new in zip(averaged.state_dict().values(), encoder.state_dict().values(), strict=True):
        if old.is_floating_point():
            old.lerp_(new, 1 - keep)
        else:
            old.copy_(new)


@torch.no_grad()
def probabilities(encoder: Encoder, features: Tensor) -> Tensor:
    """[clips, frames, mels] -> [clips, classes]."""
    return encoder(features).softmax(-1)
