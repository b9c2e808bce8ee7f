"""The prompts of ``generate``: a text, a file, stdin, tokens, or a file with one a line."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ...decoder.tokenizer import LONGEST_TEXT, text_from_bytes
from ...errors import UsageError
from ...nearest import did_you_mean_file
from ..inputs.array import standard_input

LARGEST_FILE = 4 * LONGEST_TEXT  # bytes: a character has at most four
MOST_LINES = 100_000
MOST_TOKENS = 1 << 20


@dataclass(frozen=True)
class Prompt:
    """What is to be continued, and the line of the file that it comes from (0 for no batch)."""

    content: str | tuple[int, ...]
    line: int = 0


def one_prompt(text: str | None, file: Path | None, tokens: str | None) -> Prompt:
    """The prompt of one generation. Raises ``UsageError`` (EDGE-02150, EDGE-02151, EDGE-02152)."""
    if tokens is not None:
        return Prompt(parse_tokens(tokens))
    if text is not None and text != "-":
        return Prompt(_not_empty(_argument(text), "The prompt"))
    path = Path("-") if file is None else file
    found = without_line_end(read_text(path))
    return Prompt(_not_empty(found, "What stdin gave" if str(path) == "-" else path.name))


def _argument(text: str) -> str:
    """A text as it was typed: Python hides in it the bytes that are no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        with suppress(UnicodeEncodeError):  # what hides no bytes, the tokenizer refuses
            return text_from_bytes(text.encode("utf-8", "surrogateescape"))
    return text


def batch(path: Path) -> list[Prompt]:
    """A prompt for each line that is not blank. Raises as ``one_prompt``."""
    lines = read_text(path).split("\n")
    found = [
        Prompt(line.removesuffix("\r"), number)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not found or len(found) > MOST_LINES:
        raise UsageError(
            f"{path.name} has {len(found)} prompts",
            evidence=f"a batch has 1 to {MOST_LINES}, one a line",
            next_step="Give a file with as many",
            code=150,
        )
    return found


def read_text(path: Path) -> str:
    """A text file, or stdin for ``-``. Raises ``UsageError`` (EDGE-02151, EDGE-02120)."""
    try:
        if str(path) == "-":
            content = standard_input().read(LARGEST_FILE + 1)
        else:
            with path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        next_step = did_you_mean_file(path, "Give the text itself, or a file") or "Give a file"
        raise UsageError(
            f"Cannot read {path}", evidence=reason, next_step=next_step, code=151
        ) from None
    if len(content) > LARGEST_FILE:
        raise UsageError(
            f"{path.name} is too large",
            evidence=f"it has more than {LARGEST_FILE >> 20} MiB",
            next_step="Give it in parts",
            code=151,
        )
    return text_from_bytes(content)


def without_line_end(text: str) -> str:
    """The text without the line's end that editors and ``echo`` put after the last line."""
    return text.removesuffix("\n").removesuffix("\r")


def parse_tokens(text: str) -> tuple[int, ...]:
    """``1,2,3`` as numbers. Raises ``UsageError`` (EDGE-02152)."""
    pieces = text.replace(",", " ").split()
    good = all(piece.isascii() and piece.isdigit() and len(piece) < 11 for piece in pieces)
    if not good or not 0 < len(pieces) <= MOST_TOKENS:
        raise UsageError(
            "--tokens takes whole numbers with commas between them",
            next_step="For example: --tokens 1,403,407",
            code=152,
        )
    return tuple(map(int, pieces))


def _not_empty(text: str, what: str) -> str:
    if not text:
        raise UsageError(
            f"{what} is empty",
            next_step="Give at least a word; --tokens with the model's beginning token alone "
            "starts from nothing",
            code=150,
        )
    return text
