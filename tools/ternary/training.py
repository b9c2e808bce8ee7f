"""The loop: the student learns the teacher's whole distribution after each token of its stories."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .sampling import shard
from .student import Student
from .teacher import Teacher


@dataclass(frozen=True)
class Recipe:
    """What a training run is made of; the same recipe gives the same model."""

    steps: int = 5000
    tokens: int = 2048  # in a step
    falling: float = 0.4  # of the steps, the last ones: the rate falls to zero
    short: int = 256  # window before that; then windows have the whole context
    rate: float = 3e-3
    warmup: int = 200
    decay: float = 0.1  # of the weights, before that; then none
    shards: int = 30
    seed: int = 1
    every: int = 500  # steps between checkpoints

    def falls(self, step: int) -> bool:
        """Whether the rate falls, weights decay no more and windows are long."""
        return step >= self.steps - self._last

    def rate_at(self, step: int) -> float:
        """Warm up, stay, then fall to zero along a cosine."""
        if not self.falls(step):
            return self.rate * min(1.0, (step + 1) / self.warmup)
        done = 1 - (self.steps - step) / self._last
        return self.rate * 0.5 * (1 + math.cos(math.pi * done))

    @property
    def _last(self) -> int:
        return round(self.falling * self.steps)


def batches(recipe: Recipe, teacher: Teacher, folder: Path, first: int) -> Iterator[Tensor]:
    """Windows [batch, positions] for each step from ``first`` on: shard after shard, shuffled."""
    block, rows = -1, torch.empty(0)
    for step in range(first, recipe.steps):
        per_block = 512 * teacher.shape.context // recipe.tokens
        if step // per_block != block:
            block = step // per_block
            told = shard(teacher, folder, 1 + block % recipe.shards)
            order = np.random.default_rng((recipe.seed, block)).permutation(len(told))
            rows = torch.from_numpy(told[order].astype(np.int64))
        count = recipe.tokens // teacher.shape.context
        part = rows[(step % per_block) * count :][:count]
        yield part if recipe.falls(step) else part.reshape(-1, recipe.short)


def distance(student: Student, teacher: Teacher, tokens: Tensor) -> Tensor:
    """Mean divergence of the student's distribution from the teacher's, nats a token.

    In the mean this has the gradient of the cross-entropy on the teacher's samples (they differ by
    its entropy, a constant), without the noise of which token was drawn.
    """
    wanted = teacher.forward(tokens).log_softmax(-1)
    given = student(tokens).log_softmax(-1)
    return functional.kl_div(given, wanted, log_target=True, reduction="sum") / tokens.numel()


class Run:
    """A training run that can be interrupted: its state is in ``path``."""

    def __init__(self, student: Student, recipe: Recipe, path: Path) -> None:
        self.student, self.recipe, self.path = student, recipe, path
        matrices = [each for each in student.parameters() if each.ndim == 2]
        vectors = [each for each in student.parameters() if each.ndim == 1]
        groups = [{"params": matrices}, {"params": vectors, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.95), fused=True)
        self.step, self.seconds = 0, 0.0
        if path.exists():
            self.load()

    def load(self) -> None:
        """Go on where the file was written."""
        state = torch.load(self.path)
        self.student.load_state_dict(state["student"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]

    def save(self) -> None:
        """Write the file, whole or not at all."""
        state = {
            "student": self.student.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        unfinished = self.path.with_suffix(".part")
        torch.save(state, unfinished)
        unfinished.replace(self.path)

    def learn(self, loss: Tensor) -> None:
        """One step of the optimiser."""
        falls = self.recipe.falls(self.step)
        for group, decay in zip(self.optimizer.param_groups, (self.recipe.decay, 0.0), strict=True):
            group["lr"] = self.recipe.rate_at(self.step)
            group["weight_decay"] = 0.0 if falls else decay
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.student.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1


def train(run: Run, teacher: Teacher, folder: Path, say: Callable[[str], None] = print) -> None:
    """Train to the end of the recipe, with a checkpoint now and then."""
    measure = torch.compile(lambda tokens: distance(run.student, teacher, tokens), dynamic=False)
    began, before, losses = time.monotonic(), run.seconds, []
    for tokens in batches(run.recipe, teacher, folder, run.step):
        loss = measure(tokens)
        run.learn(loss)
        losses.append(loss.item())
        run.seconds = before + time.monotonic() - began
        if run.step % 50 == 0:
            say(f"{run.step:6d} divergence {np.mean(losses[-50:]):.4f}  {run.seconds:6.0f} s")
        if run.step % run.recipe.every == 0 or run.step == run.recipe.steps:
            run.save()
