"""One conversation: questions, commands of the user, and answers as they come."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...bundle.atomic import replacing
from ...decoder.generation import Generation, Settings, generate
from ...decoder.prefix import PrefixCache
from ...decoder.tokenizer import Tokenizer
from ...errors import EdgeError
from ..generate.run import tell
from ..generate.view import TextView, figures, full_context, rate, statistics
from ..output import Output
from .history import History

HELP = """/reset      forget the conversation; the system's message stays
/save FILE  write the conversation as JSON
/help       this
/quit       end, as does Ctrl-D; Ctrl-C stops an answer
A message that begins with / is written with two: //"""


@dataclass(frozen=True)
class Talk:
    """What a conversation needs."""

    out: Output
    cache: PrefixCache
    tokenizer: Tokenizer
    settings: Settings
    history: History
    stats: bool
    emulated: bool = False


def command(talk: Talk, line: str) -> bool:
    """A line that begins with a slash. Returns whether to go on. Raises ``UsageError``."""
    name, _, argument = line[1:].strip().partition(" ")
    if name == "quit":
        return False
    if name == "reset":
        talk.history.reset()
        talk.out.note("the conversation is forgotten")
    elif name == "help":
        talk.out.say(HELP)
    elif name == "save" and argument.strip():
        save(Path(argument.strip()), talk.history)
        talk.out.note(f"saved {len(talk.history.messages)} messages to {argument.strip()}")
    else:
        problem = "/save needs a file's name" if name == "save" else f"there is no /{name}"
        talk.out.say(f"{problem}\n{HELP}")
    return True


def save(path: Path, history: History) -> None:
    """Write the messages; the file appears whole or not at all. Raises as ``replacing``."""
    document = {"messages": history.messages}
    with replacing(path) as file:
        file.write((json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode())


def answer(talk: Talk, question: str, interruptible: bool) -> bool:
    """Answer a message; what there is of an interrupted answer is kept.

    Returns whether somebody still reads. With ``interruptible``, Ctrl-C ends the answer and nothing
    else. Raises ``UsageError`` for a message that cannot be answered, and what a device raises.
    """
    tokens, dropped = talk.history.ask(question)
    if dropped:
        talk.out.note(f"the context is full: the first {dropped} messages are forgotten")
    view, text = TextView(talk.out), ""
    settings = replace(talk.settings, stops=(*talk.settings.stops, *talk.history.stops))
    generation: Generation | None = None
    try:
        with closing(generate(talk.cache, talk.tokenizer, tokens, settings)) as generation:
            for piece in generation:
                shown = piece.text if text else piece.text.lstrip()
                tell(talk.out, piece)
                view.write(shown)
                text += shown
                if view.gone:
                    break
    except KeyboardInterrupt:
        if not interruptible:
            raise
        talk.out.interrupted = False  # it was the answer that was to stop
    finally:
        view.end()
        talk.history.answer(text.rstrip())
    if generation is not None:
        _remark(talk, generation, text)
    return not view.gone


def _remark(talk: Talk, generation: Generation, text: str) -> None:
    told: dict[str, Any] = {"text": text.rstrip(), **figures(generation)}
    talk.out.event("answer", **told)
    if not text.strip():
        talk.out.note("the model said nothing, and the question is forgotten")
    if note := full_context(generation):
        talk.out.note(note)
    if talk.stats:
        talk.out.say(statistics(generation, talk.emulated))
    elif sys.stderr.isatty():
        talk.out.note(rate(generation))


def report(talk: Talk, error: EdgeError, interactive: bool) -> None:
    """Tell of a line that could not be followed; in a pipe it ends the program."""
    if not interactive:
        raise error
    talk.out.say(f"error: {error}")
