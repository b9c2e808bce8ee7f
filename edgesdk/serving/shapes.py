"""Answers as OpenAI's interface has them: whole, and in chunks."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..version import __version__
from .job import Told, Usage

DONE = b"data: [DONE]\n\n"


@dataclass
class Written:
    """One of the choices, as far as it has come."""

    text: list[str] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    reason: str | None = None


class Shape(Protocol):
    """The JSON of one of the two interfaces."""

    def whole(self, texts: Sequence[Written], usage: Usage) -> dict[str, Any]:
        """The answer in one piece."""

    def opening(self, choice: int) -> dict[str, Any] | None:
        """The chunk before a choice's first text; None for none."""

    def chunk(self, choice: int, text: str, told: Sequence[Told]) -> dict[str, Any]:
        """The next text of a choice."""

    def end(self, choice: int, reason: str) -> dict[str, Any]:
        """The last chunk of a choice."""

    def usage(self, usage: Usage) -> dict[str, Any]:
        """The chunk that counts tokens, after all texts."""


class _Common:
    """What all objects of one answer share."""

    prefix, whole_name, chunk_name = "", "", ""

    def __init__(self, model: str, told: bool, counted: bool) -> None:
        self._told = told
        self._counted = counted
        self._head = {
            "id": f"{self.prefix}-{secrets.token_hex(12)}",
            "created": int(time.time()),
            "model": model,
            "system_fingerprint": f"edgesdk-{__version__}",
        }

    def _whole(self, choices: list[dict[str, Any]], usage: Usage) -> dict[str, Any]:
        counts = {"usage": _counts(usage)}
        return {**self._head, "object": self.whole_name, "choices": choices, **counts}

    def _chunk(self, choice: Mapping[str, Any]) -> dict[str, Any]:
        counts = {"usage": None} if self._counted else {}  # as OpenAI has it where they are asked
        return {**self._head, "object": self.chunk_name, "choices": [choice], **counts}

    def usage(self, usage: Usage) -> dict[str, Any]:
        """The chunk that counts tokens, after all texts."""
        counts = {"usage": _counts(usage)}
        return {**self._head, "object": self.chunk_name, "choices": [], **counts}


class CompletionShape(_Common):
    """``/v1/completions``."""

    prefix, whole_name, chunk_name = "cmpl", "text_completion", "text_completion"

    def whole(self, texts: Sequence[Written], usage: Usage) -> dict[str, Any]:
        """The answer in one piece."""
        choices = [
            self._choice(at, "".join(one.text), one.told, one.reason)
            for at, one in enumerate(texts)
        ]
        return self._whole(choices, usage)

    def opening(self, choice: int) -> None:
        """Nothing comes before the first text."""
        return

    def chunk(self, choice: int, text: str, told: Sequence[Told]) -> dict[str, Any]:
        """The next text of a choice."""
        return self._chunk(self._choice(choice, text, told, None))

    def end(self, choice: int, reason: str) -> dict[str, Any]:
        """The last chunk of a choice."""
        return self._chunk(self._choice(choice, "", (), reason))

    def _choice(
        self, at: int, text: str, told: Sequence[Told], reason: str | None
    ) -> dict[str, Any]:
        logprobs = self._logprobs(told) if self._told else None
        return {"index": at, "text": text, "logprobs": logprobs, "finish_reason": reason}

    def _logprobs(self, told: Sequence[Told]) -> dict[str, Any]:
        """Four lists, an entry a token; offsets are in the characters of the choice's text."""
        return {
            "tokens": [_shown(one.content) for one in told],
            "token_logprobs": [one.logprob for one in told],
            "top_logprobs": [_likeliest(one) for one in told],
            "text_offset": [one.offset for one in told],
        }


class ChatShape(_Common):
    """``/v1/chat/completions``."""

    prefix, whole_name, chunk_name = "chatcmpl", "chat.completion", "chat.completion.chunk"

    def whole(self, texts: Sequence[Written], usage: Usage) -> dict[str, Any]:
        """The answer in one piece."""
        choices = [
            {
                "index": at,
                "message": {"role": "assistant", "content": "".join(one.text), "refusal": None},
                "logprobs": self._logprobs(one.told),
                "finish_reason": one.reason,
            }
            for at, one in enumerate(texts)
        ]
        return self._whole(choices, usage)

    def opening(self, choice: int) -> dict[str, Any]:
        """Who speaks."""
        return self._delta(choice, {"role": "assistant", "content": ""}, (), None)

    def chunk(self, choice: int, text: str, told: Sequence[Told]) -> dict[str, Any]:
        """The next text of a choice."""
        return self._delta(choice, {"content": text}, told, None)

    def end(self, choice: int, reason: str) -> dict[str, Any]:
        """The last chunk of a choice."""
        return self._delta(choice, {}, (), reason)

    def _delta(
        self, at: int, delta: Mapping[str, str], told: Sequence[Told], reason: str | None
    ) -> dict[str, Any]:
        logprobs = self._logprobs(told) if told else None
        return self._chunk(
            {"index": at, "delta": delta, "logprobs": logprobs, "finish_reason": reason}
        )

    def _logprobs(self, told: Sequence[Told]) -> dict[str, Any] | None:
        if not self._told:
            return None
        entries = [
            {
                **_entry(one.content, one.logprob),
                "top_logprobs": [_entry(*other) for other in one.others],
            }
            for one in told
        ]
        return {"content": entries, "refusal": None}


def _entry(content: bytes, logprob: float) -> dict[str, Any]:
    return {"token": _shown(content), "logprob": logprob, "bytes": list(content)}


def _likeliest(token: Told) -> dict[str, float]:
    """The likeliest others by their texts; of several with the same text the likeliest."""
    found: dict[str, float] = {}
    for content, logprob in token.others:
        found.setdefault(_shown(content), logprob)
    return found


def _shown(content: bytes) -> str:
    """A token's text; the bytes of what is not whole characters, as OpenAI writes them."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in content)


def _counts(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.written,
        "total_tokens": usage.prompt + usage.written,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
    }


def sse(document: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(document, ensure_ascii=False, allow_nan=False).encode() + b"\n\n"
