"""What a ``tokenizer.json`` does to a text before it is cut: nothing that makes it much longer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .json_bytes import unsupported

MOST_STEPS = 32
LONGEST_PREFIX = 16  # characters
# Each of these lengthens a text a few times at most, and once only, however often it is done.
_KNOWN = {"NFC", "NFD", "NFKC", "NFKD", "Nmt", "Lowercase", "Strip", "StripAccents"}


def check_growth(found: dict[str, Any]) -> None:
    """Refuse steps that could make a short text huge. Raises ``ModelRefused`` (EDGE-02125)."""
    normalizers = [*_steps(found.get("normalizer"), "normalizers")]
    cutters = [*_steps(found.get("pre_tokenizer"), "pretokenizers")]
    for step in normalizers:
        if not _bounded(step):
            raise unsupported(
                f"a normalizer {str(step.get('type'))[:40]}",
                "Unicode's forms, lower case, and what makes texts no longer are known",
            )
    # As letters, the bytes of a text are up to twice as many bytes again.
    alphabets = [step for step in normalizers + cutters if step.get("type") == "ByteLevel"]
    if len(alphabets) > 1 or len(normalizers) + len(cutters) > MOST_STEPS:
        raise unsupported("steps that lengthen texts", "bytes become letters once")


def _bounded(step: dict[str, Any]) -> bool:
    kind = step.get("type")
    if kind == "Prepend":
        return len(str(step.get("prepend"))) <= LONGEST_PREFIX
    if kind != "Replace":
        return kind in _KNOWN or kind == "ByteLevel"
    pattern, content = step.get("pattern"), str(step.get("content"))
    plain = pattern.get("String") if isinstance(pattern, dict) else None
    if isinstance(plain, str):
        return len(content) <= len(plain) > 0
    return not content  # an expression may match anywhere, also between two characters


def _steps(step: Any, key: str) -> Iterator[dict[str, Any]]:
    """A step, or all of a sequence."""
    waiting = [step]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict) and found.get("type") == "Sequence":
            waiting += found.get(key) or []
        elif isinstance(found, dict):
            yield found
