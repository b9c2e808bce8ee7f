"""What a token of a ``tokenizer.json`` writes, by the decoder that the file names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ...errors import ModelRefused

_BYTE_NAME = re.compile(r"<0x([0-9A-Fa-f]{2})>\Z")
_SPACE = "\u2581"


class Writer(NamedTuple):
    """``write``: the bytes of a token's name. ``strip``: decoding drops a space at the front."""

    write: Callable[[str], bytes]
    strip: bool


def writer_of(decoder: Any) -> Writer:
    """The writer for a decoder. Raises ``ModelRefused`` (EDGE-02125) for kinds without bytes."""
    steps = _steps(decoder)
    kinds = [step.get("type") for step in steps]
    if kinds == ["ByteLevel"]:
        return Writer(_byte_level, strip=False)
    if kinds == ["Metaspace"]:
        space = str(steps[0].get("replacement", _SPACE))
        prepends = steps[0].get("prepend_scheme", "always") != "never"
        return Writer(lambda name: _spaced(name, space), strip=prepends)
    if steps and set(kinds) <= {"Replace", "ByteFallback", "Fuse", "Strip"}:
        return _sentencepiece(steps)
    raise unsupported(
        f"a decoder {str(kinds)[:80]}",
        "ByteLevel, Metaspace and SentencePiece's steps with ByteFallback are known",
    )


def unsupported(what: str, known: str) -> ModelRefused:
    """The refusal of a kind of tokenizer (EDGE-02125)."""
    return ModelRefused(
        f"The tokenizer.json has {what}, which cannot be followed",
        evidence=known,
        next_step="Use a model with byte-level BPE or SentencePiece BPE, as decoders have",
        code=125,
    )


def _steps(decoder: Any) -> list[dict[str, Any]]:
    """The steps of a decoder: those of a sequence, or itself."""
    if not isinstance(decoder, dict):
        return []
    steps = decoder.get("decoders") if decoder.get("type") == "Sequence" else [decoder]
    return [step for step in steps or [] if isinstance(step, dict)]


def _sentencepiece(steps: list[dict[str, Any]]) -> Writer:
    """Replace U+2581, bytes by name, join, drop a space at the front: as Llama's files have it."""
    by_name = any(step.get("type") == "ByteFallback" for step in steps)
    strips = [step for step in steps if step.get("type") == "Strip"]
    replaces = [step for step in steps if step.get("type") == "Replace"]
    plain = {"pattern": {"String": _SPACE}, "content": " "}
    if any({key: step.get(key) for key in plain} != plain for step in replaces) or any(
        (step.get("content"), step.get("start"), step.get("stop")) != (" ", 1, 0) for step in strips
    ):
        raise unsupported("a decoder of its own", "SentencePiece's replaces and drops spaces only")
    space = _SPACE if replaces else " "

    def write(name: str) -> bytes:
        found = _BYTE_NAME.match(name) if by_name else None
        return bytes([int(found[1], 16)]) if found else _spaced(name, space)

    return Writer(write, strip=bool(strips))


def _spaced(name: str, space: str) -> bytes:
    return name.replace(space, " ").encode(errors="replace")


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's letters for bytes: visible Latin-1 is itself, the others follow from U+0100 on."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in visible]
    return {chr(b): b for b in visible} | {chr(256 + i): b for i, b in enumerate(others)}


_ALPHABET = _byte_alphabet()


def _byte_level(name: str) -> bytes:
    """The bytes that the letters stand for; a name with any other letter is text itself."""
    try:
        return bytes([_ALPHABET[letter] for letter in name])
    except KeyError:
        return name.encode(errors="replace")
