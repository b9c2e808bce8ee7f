"""What ``edgesdk bench`` feeds a model: files, a prompt, or drawn values with a fixed seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...backend import Arrays, Session
from ...bench import Samples
from ...compiler import SEED
from ...decoder.golden import PROMPTS, RANDOM_TOKENS
from ...decoder.session import DecoderSession
from ...decoder.tokenizer import load
from ...errors import MissingExtra, UsageError
from ...samples import draw
from ...sensing.streaming import StreamingSession
from ..inputs import read_inputs
from ..output import Output

SETS = 8  # that are drawn


@dataclass(frozen=True)
class Wanted:
    """What the user said of the inputs."""

    files: tuple[str, ...]
    prompts: tuple[str, ...]
    out: Output

    def samples(self, session: Session, frontend: Mapping[str, Any] | None) -> Samples:
        """Sets of inputs for an opened model. Raises ``UsageError`` (EDGE-0266, EDGE-02306)."""
        if isinstance(session, StreamingSession) and not self.files:
            raise _listens()
        if self.prompts and not isinstance(session, DecoderSession):
            raise UsageError(
                "--prompt is for language models",
                evidence=f"inputs: {', '.join(spec.describe() for spec in session.inputs)}",
                next_step="Give --input FILE instead",
                code=306,
            )
        if self.files:
            return self._read(session, frontend)
        if isinstance(session, DecoderSession):
            return _prompts(session, self.prompts)
        return Samples(
            tuple(draw(session.inputs, SETS, SEED)), f"drawn from the specification, seed {SEED}"
        )

    def _read(self, session: Session, frontend: Mapping[str, Any] | None) -> Samples:
        """All files as one set; of a model with one input, each as a set of its own."""
        each = [[file] for file in self.files] if len(session.inputs) == 1 else [list(self.files)]
        read = [read_inputs(texts, session.inputs, self.out.note, frontend) for texts in each]
        return Samples(tuple(read), " ".join(self.files))


def _prompts(session: DecoderSession, given: Sequence[str]) -> Samples:
    """The prompts as the model's own tokens; without any words of its own, drawn tokens."""
    vocabulary = session.text
    if vocabulary is not None:
        try:
            tokenizer = load(vocabulary)
        except MissingExtra:
            if given:
                raise
        else:
            sets = [_tokens(tokenizer.encode(text)) for text in given or PROMPTS]
            return Samples(tuple(sets), ", ".join(map(repr, given or PROMPTS)))
    if given:
        raise UsageError(
            "The model brings no words, and --prompt is text",
            next_step="Give tokens in a file: --input tokens.npy",
            code=306,
        )
    generator = np.random.Generator(np.random.PCG64(SEED))
    drawn = generator.integers(0, session.vocabulary, (len(PROMPTS), RANDOM_TOKENS))
    source = f"{RANDOM_TOKENS} tokens drawn from the vocabulary, seed {SEED}"
    return Samples(tuple(_tokens(row) for row in drawn), source)


def _tokens(row: Sequence[int]) -> Arrays:
    return {"tokens": np.asarray(row, np.int32)}


def _listens() -> UsageError:
    return UsageError(
        "A sensing program has no latency of its own: it listens to a recording",
        next_step="Give it one with --input NAME=FILE for each stream, or count its "
        "instructions for each second of signal: edgesdk run NAME --stream FILE",
        code=66,
    )
