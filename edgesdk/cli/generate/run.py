"""Generations of the command ``generate``, shown as they come: of one prompt, or of a batch."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from ...decoder.batch import generate_batch
from ...decoder.generation import Generation, Piece, Settings, generate
from ...decoder.session import DecoderSession
from ...decoder.tokenizer import Tokenizer
from ..output import Output
from .prompt import Prompt
from .view import StatusLine, TextView, figures, full_context, rate, statistics


@dataclass
class Answer:
    """What has come of one prompt."""

    line: int = 0
    text: str = ""
    generation: Generation | None = None

    def add(self, generation: Generation, piece: Piece) -> None:
        """Take a piece."""
        self.generation = generation
        self.text += piece.text

    def fields(self) -> dict[str, Any]:
        """What the result tells of it."""
        if self.generation is None:
            return {"text": "", "tokens": []}
        head = {"text": self.text, "tokens": self.generation.tokens}
        return {**head, **figures(self.generation)}


@dataclass(frozen=True)
class Task:
    """A decoder, what it is to do, and how that is shown."""

    out: Output
    session: DecoderSession
    tokenizer: Tokenizer | None
    settings: Settings
    stream: bool
    stats: bool
    emulated: bool = False


def run_one(task: Task, prompt: Prompt, before: str) -> None:
    """Continue one prompt; text goes to stdout at once, after ``before``.

    What there is of the result is attached to the output, also when it is interrupted.
    """
    view, line = TextView(task.out, task.stream), StatusLine(task.out, not task.stream)
    answer = Answer()
    try:
        with closing(_generation(task, prompt)) as generation:
            view.write(before)
            for piece in generation:
                answer.add(generation, piece)
                tell(task.out, piece)
                view.write(_shown(task, piece))
                line.show(rate(generation))
                if view.gone:
                    break
    finally:  # an interruption shows what there is, too
        line.clear()
        view.end()
        task.out.attach(**answer.fields())
    if not task.stream:
        task.out.text(before + _whole(task, answer))
    _remark(task, answer)


def _generation(task: Task, prompt: Prompt) -> Generation:
    return generate(task.session, task.tokenizer, prompt.content, task.settings)


def run_batch(task: Task, prompts: Sequence[Prompt]) -> None:
    """Continue all prompts; answers go to stdout in the prompts' order. The rest as ``run_one``."""
    out, line = task.out, StatusLine(task.out)
    answers: dict[int, Answer] = {}
    shown = 0
    pieces = generate_batch(
        task.session, task.tokenizer, [prompt.content for prompt in prompts], task.settings
    )
    try:
        for index, generation, piece in pieces:
            answer = answers.setdefault(index, Answer(prompts[index].line))
            answer.add(generation, piece)
            tell(out, piece, line=answer.line)
            line.show(f"prompt {len(answers)} of {len(prompts)}, {rate(generation)}")
            if piece.finish:
                line.clear()
                out.event("answer", line=answer.line, **answer.fields())
                shown = _show(task, answers, shown)
    finally:
        line.clear()
        out.attach(answers=[{"line": a.line, **a.fields()} for _, a in sorted(answers.items())])


def _show(task: Task, answers: Mapping[int, Answer], shown: int) -> int:
    """Print the finished answers whose turn it is; how many are printed then."""
    while (answer := answers.get(shown)) and answer.generation and answer.generation.finish:
        task.out.text(f"== line {answer.line}\n{_whole(task, answer)}")
        _remark(task, answer)
        shown += 1
    return shown


def _remark(task: Task, answer: Answer) -> None:
    """What is to be known beside the text, on stderr."""
    if answer.generation is None:
        return
    if note := full_context(answer.generation):
        task.out.note(note)
    if task.stats:
        task.out.say(statistics(answer.generation, task.emulated))
    elif sys.stderr.isatty():
        task.out.note(rate(answer.generation))


def tell(out: Output, piece: Piece, **where: Any) -> None:
    """A piece as an event of ``--jsonl``."""
    if piece.token is None and not piece.text:
        return
    told: dict[str, Any] = {"token": piece.token, "text": piece.text}
    if piece.logprob is not None:
        told["logprob"] = piece.logprob
        told["top"] = [{"token": token, "logprob": value} for token, value in piece.top]
    out.event("token", **where, **told)


def _shown(task: Task, piece: Piece) -> str:
    """A piece as people see it: its text, or its token where there are no texts."""
    if task.tokenizer is not None:
        return piece.text
    return "" if piece.token is None else f"{piece.token} "


def _whole(task: Task, answer: Answer) -> str:
    if task.tokenizer is None and answer.generation is not None:
        return " ".join(map(str, answer.generation.tokens))
    return answer.text
