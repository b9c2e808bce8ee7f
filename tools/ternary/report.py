"""What the card says: sizes, cost and losses of the trained models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .evaluation import HELD_OUT, compare, stories
from .exact import ExactFloat, ExactTernary
from .export import export
from .sampling import shard
from .student import Student, StudentShape
from .teacher import Teacher
from .training import Recipe, Run

EXACT = {"ternary": ExactTernary, "float": ExactFloat}
SMALL = 8, 256  # sequences and tokens of the part of the held-out stories that is shipped


def state_name(kind: str, steps: int) -> str:
    """The file that a run of so many steps keeps its state in."""
    return f"{kind}-{steps}.pt"


def report(teacher: Path, work: Path, text: Path, recipe: Recipe, out: Path) -> None:
    """Export the ternary model to ``out``, with losses and some held-out stories beside it."""
    model = Teacher(teacher / "stories260K.bin")
    runs = {path.stem: ended(path, recipe) for path in sorted(work.glob("*-*.pt"))}
    chosen = f"ternary-{recipe.steps}"
    student = runs[chosen].student
    export(student, teacher / "tok512.bin", out)
    told = torch.from_numpy(shard(model, work, HELD_OUT).astype(np.int64))
    sets = {
        "held_out": list(told.split(8)),
        "shipped": [told[: SMALL[0], : SMALL[1]]],
        "text": stories(text, out / "tokenizer.json", model.shape.context),
    }
    results = {
        **sizes(student),
        "run": chosen,
        "runs": {name: measured(run, model, sets) for name, run in runs.items()},
    }
    (out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    shipped = {"seed": HELD_OUT, "sequences": sets["shipped"][0].tolist()}
    (out / "held_out.json").write_text(json.dumps(shipped) + "\n", encoding="utf-8")


def ended(path: Path, recipe: Recipe) -> Run:
    """A run that ended, computing exactly."""
    kind, steps = path.stem.split("-")
    run = Run(Student(StudentShape(), EXACT[kind]), replace(recipe, steps=int(steps)), path)
    if run.step != run.recipe.steps:
        raise SystemExit(f"{path} has {run.step} of {steps} steps: let it end, or remove it")
    return run


def measured(run: Run, teacher: Teacher, sets: Mapping[str, list[Tensor]]) -> dict[str, Any]:
    """Cost of a run, and the losses of its model."""
    return {
        "steps": run.step,
        "training_tokens": run.step * run.recipe.tokens,
        "seconds": round(run.seconds),
        **{name: compare(run.student, teacher.forward, part) for name, part in sets.items()},
    }


def sizes(student: Student) -> dict[str, int]:
    """Parameters, and how many of them are ternary."""
    weights: list[Tensor] = [each for each in student.layers.parameters() if each.ndim == 2]
    return {
        "parameters": sum(each.numel() for each in student.parameters()),
        "ternary_parameters": sum(each.numel() for each in weights),
    }
