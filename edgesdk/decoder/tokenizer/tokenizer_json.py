"""The tokenizer of a ``tokenizer.json``, cut by Hugging Face's ``tokenizers``.

The library encodes. Decoding is done here, by bytes, so that a stream never shows half a character;
what a token writes follows from the file's decoder. The library also never sees the name of a
control token as one: it would find them in anybody's text.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import EdgeError, MissingExtra, ModelRefused, UsageError
from ..weights import Vocabulary
from .json_bytes import Writer, unsupported, writer_of
from .json_steps import check_growth
from .pieces import LARGEST_CONTENT, MOST_TOKENS, UNKNOWN_TEXT, Control, PieceTokenizer

_Object = dict[str, Any]
_Tokens = dict[int, _Object]  # by number


def load(vocabulary: Vocabulary) -> PieceTokenizer:
    """The tokenizer of such a file.

    Raises ``ModelRefused`` (EDGE-02124, EDGE-02125), ``MissingExtra``.
    """
    found = _parsed(vocabulary.content)
    added = {int(token["id"]): token for token in found["added_tokens"]}
    controls = _controls(found, added, {*vocabulary.stops, vocabulary.beginning})
    encoder = _Encoder(found, frozenset(controls))  # first: it checks the whole file
    check_growth(found)
    writer = writer_of(found.get("decoder"))
    return PieceTokenizer(
        [*_written(encoder.names(), controls, added, writer)],
        {t["content"]: Control(i, t["lstrip"], t["rstrip"]) for i, t in controls.items()},
        encoder.encode,
        vocabulary,
        strip=writer.strip,
    )


def _controls(found: _Object, added: _Tokens, ends: set[int | None]) -> _Tokens:
    """The control tokens: those called special, except the unknown one, and those with a duty."""
    unknown = found["model"].get("unk_token")
    for token in added.values():
        token["special"] |= token["id"] in ends
    return {
        i: token
        for i, token in added.items()
        if token["special"] and (token["content"] != unknown or i in ends)
    }


def _parsed(content: bytes) -> Any:
    """The file, checked as far as it is used here; the library checks the rest."""
    if len(content) > LARGEST_CONTENT:
        raise _damaged(f"it has {len(content)} bytes; at most {LARGEST_CONTENT} are read")
    try:
        found = json.loads(content)
        found["added_tokens"] = [_added(token) for token in found.get("added_tokens") or []]
        model = found["model"]
        if not isinstance(model, dict):
            raise ValueError("it has no model")
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _damaged(f"{type(error).__name__}: {error}"[:200]) from None
    if model.get("type", "BPE") != "BPE":
        raise unsupported(f"a model of type {str(model['type'])[:40]}", "BPE is known")
    model["dropout"] = None  # for training; it makes the tokens random
    found["truncation"] = found["padding"] = None  # settings of its trainer, not of the tokens
    return found


def _added(token: Any) -> _Object:
    flags = {name: token.get(name, False) for name in ("special", "lstrip", "rstrip")}
    identity, content = token["id"], token["content"]
    if type(identity) is not int or not 0 <= identity < MOST_TOKENS or type(content) is not str:
        raise ValueError(f"added token {str(identity)[:20]}")
    if not content or any(type(flag) is not bool for flag in flags.values()):
        raise ValueError(f"added token {identity}")
    return {"single_word": False, "normalized": False, **token, **flags}


def _written(
    names: list[str | None], controls: _Tokens, added: _Tokens, writer: Writer
) -> Iterator[bytes]:
    """The bytes that each token writes; a number that has no token writes nothing."""
    for token, name in enumerate(names):
        if name is None or token in controls:
            yield b""
        elif token not in added:
            yield writer.write(name)
        else:
            yield UNKNOWN_TEXT if added[token]["special"] else name.encode()


class _Encoder:
    """The library's tokenizer, and one for text that does not begin the prompt."""

    def __init__(self, found: _Object, controls: frozenset[int]) -> None:
        self._controls = controls
        self._first = _library(found)
        later = copy.deepcopy({**found, "model": None})
        changed = _prefix_never(later.get("pre_tokenizer"))
        self._later = _library({**later, "model": found["model"]}) if changed else self._first

    def names(self) -> list[str | None]:
        """The name of each token."""
        tokens = self._first.get_vocab(with_added_tokens=True)
        count = max(tokens.values(), default=-1) + 1
        if not 0 < count <= MOST_TOKENS:
            raise _damaged(f"its tokens go to {count}")
        names: list[str | None] = [None] * count
        for name, token in tokens.items():
            names[token] = name
        return names

    def encode(self, text: str, first: bool) -> list[int]:
        """The tokens of text without control tokens."""
        library = self._first if first else self._later
        with _panics(_given_up):
            tokens: list[int] = library.encode(text, add_special_tokens=False).ids
        if not self._controls.isdisjoint(tokens):
            token = next(token for token in tokens if token in self._controls)
            raise UsageError(
                "The text would become a control token",
                evidence=f"the tokenizer makes token {token} of it, which only the program may use",
                next_step="Leave names such as </s> or <|eot_id|> out of the text",
                code=129,
            )
        return tokens


@contextmanager
def _panics(refusal: Callable[[str], EdgeError]) -> Iterator[None]:
    """A refusal for whatever the library says, also where it panics."""
    try:
        yield
    except Exception as error:
        raise refusal(str(error)[:200]) from None
    except BaseException as error:  # a panic of the library is none of Python's exceptions
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise refusal(f"tokenizers gave up on it: {error}"[:200]) from None


def _library(found: _Object) -> Any:
    try:
        import tokenizers
    except ImportError:
        raise MissingExtra("tokenizers", "decoder") from None
    with _panics(_damaged):
        library = tokenizers.Tokenizer.from_str(json.dumps(found, ensure_ascii=False))
    library.encode_special_tokens = True  # the name of a control token is text like any other
    return library


def _prefix_never(step: Any) -> bool:
    """Turn Metaspace's "a space before the first text" into "never"; whether there was any."""
    if not isinstance(step, dict):
        return False
    changed = [_prefix_never(inner) for inner in step.get("pretokenizers") or []]
    if step.get("type") == "Metaspace" and step.get("prepend_scheme") == "first":
        step["prepend_scheme"] = "never"
        return True
    return any(changed)


def _damaged(evidence: str) -> ModelRefused:
    return ModelRefused(
        "tokenizer.json is not as one must be",
        evidence=evidence,
        next_step="Fetch the model's tokenizer.json again",
        code=124,
    )


def _given_up(evidence: str) -> UsageError:
    return UsageError(
        "The text is too long for the model's tokenizer",
        evidence=f"its expressions find no end: {evidence}",
        next_step="Encode it in parts, with less white space or fewer repetitions in a row",
        code=122,
    )
