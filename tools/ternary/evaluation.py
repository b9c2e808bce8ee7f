"""How near a student is to its teacher, on stories that neither it nor the other one trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from .vocabulary import BEGINNING

Logits = Callable[[Tensor], Tensor]
HELD_OUT = 1_000_000  # the seed of the stories that nobody trains on
SEPARATOR = "<|endoftext|>"


@torch.no_grad()
def compare(student: Logits, teacher: Logits, sequences: Iterable[Tensor]) -> dict[str, float]:
    """Means over all tokens of ``sequences`` ([batch, positions] each), in nats.

    ``cross_entropy`` of the tokens under the student, ``teacher`` the same under the teacher,
    ``divergence`` of the student's distributions from the teacher's, ``entropy`` of the teacher's,
    ``same_top``: the share of tokens after which both think the same one most likely.
    """
    sums: dict[str, float] = {}
    count = 0
    for tokens in sequences:
        for name, total in _totals(student(tokens), teacher(tokens), tokens).items():
            sums[name] = sums.get(name, 0.0) + total
        count += tokens[:, 1:].numel()
    return {"tokens": count, **{name: round(total / count, 4) for name, total in sums.items()}}


def _totals(given: Tensor, wanted: Tensor, tokens: Tensor) -> dict[str, float]:
    given, wanted = (each[:, :-1].log_softmax(-1) for each in (given, wanted))
    following = tokens[:, 1:, None]
    totals = {
        "cross_entropy": -given.gather(-1, following).sum(),
        "teacher": -wanted.gather(-1, following).sum(),
        "divergence": functional.kl_div(given, wanted, log_target=True, reduction="sum"),
        "entropy": -(wanted.exp() * wanted).sum(),
        "same_top": (given.argmax(-1) == wanted.argmax(-1)).sum(),
    }
    return {name: total.item() for name, total in totals.items()}


def stories(path: Path, tokenizer: Path, context: int) -> list[Tensor]:
    """The stories of a text file [1, positions], each up to ``context`` tokens and its end."""
    encode = Tokenizer.from_file(str(tokenizer)).encode
    texts = [part.strip() for part in path.read_text(encoding="utf-8").split(SEPARATOR)]
    told = [[*encode(text).ids, BEGINNING][:context] for text in texts if text]
    return [torch.tensor([tokens]) for tokens in told]
