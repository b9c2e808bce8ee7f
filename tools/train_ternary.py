"""Train the story model: BitNet's architecture with ternary weights, from stories260K's samples.

    python tools/train_ternary.py --teacher DIR --work WORK --steps 1667
    python tools/train_ternary.py --teacher DIR --work WORK --steps 1667 --float
    python tools/train_ternary.py --teacher DIR --work WORK --text FILE --out models/story

``--teacher`` holds ``stories260K.bin`` and ``tok512.bin``. ``--work`` keeps the teacher's stories
and the state of each run: the same command goes on where an interrupted one stopped. ``--float``
trains the same architecture without rounding, for the comparison. ``--out`` gets the model, and in
``results.json`` the losses of all runs in ``--work``, on stories of another seed and on ``--text``
(real stories, ``<|endoftext|>`` between them). Needs torch and tokenizers beside edgesdk.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
from ternary.report import report, state_name
from ternary.student import BitProducts, FloatProducts, Student, StudentShape
from ternary.teacher import Teacher
from ternary.training import Recipe, Run, train

PRODUCTS = {"ternary": BitProducts, "float": FloatProducts}


def main() -> None:
    """Parse the command line and train."""
    options = parse()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    teacher = Teacher(options.teacher / "stories260K.bin")
    recipe = Recipe(steps=options.steps, rate=options.rate, seed=options.seed)
    kind = "float" if options.float else "ternary"
    options.work.mkdir(parents=True, exist_ok=True)
    path = options.work / state_name(kind, options.steps)
    run = Run(Student(StudentShape(), PRODUCTS[kind]), recipe, path)
    train(run, teacher, options.work, lambda line: print(line, flush=True))
    if options.out is not None:
        report(options.teacher, options.work, options.text, recipe, options.out)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--teacher", type=Path, required=True, help="folder of stories260K.bin")
    parser.add_argument("--work", type=Path, required=True, help="folder for stories and state")
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--rate", type=float, default=Recipe.rate)
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--text", type=Path, help="real stories to measure both models on")
    parser.add_argument("--out", type=Path, help="folder to write the ternary model into")
    parser.add_argument("--float", action="store_true", help="no rounding, for the comparison")
    options = parser.parse_args()
    if options.out is not None and (options.float or options.text is None):
        parser.error("--out is for the ternary model, and needs --text")
    return options


if __name__ == "__main__":
    main()
