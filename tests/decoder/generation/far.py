"""A session at a distance, made of a second one on this machine: it chooses its tokens there."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Any

from edgesdk.decoder.generation_pieces import Usage
from edgesdk.decoder.prefix import PrefixCache
from edgesdk.decoder.session import DecoderSession
from edgesdk.decoder.writing import Choice, Choices, Wanted, write
from edgesdk.errors import LinkFailed


class FarSession:
    """A ``WritingSession`` that is ``ahead`` tokens ahead of its reader, as over a link.

    Logits do not come over the link: ``prefill`` and ``decode`` fail. ``wanted``: what was asked.
    ``closed_early``: how many generations ended before their end. ``lose``: the link breaks when
    the prompt has been read.
    """

    def __init__(self, inner: DecoderSession, ahead: int = 0) -> None:
        self.inner = inner
        self.cache = PrefixCache(inner)
        self.ahead = ahead
        self.wanted: list[Wanted] = []
        self.closed_early = 0
        self.lose = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def write(self, prompt: Sequence[int], wanted: Wanted, usage: Usage) -> Choices:
        self.wanted.append(wanted)
        early = True
        with closing(self._computed(prompt, wanted)) as source:
            try:
                under_way: deque[tuple[Choice, Usage]] = deque()
                for told in source:
                    under_way.append(told)
                    if len(under_way) > self.ahead:
                        yield _received(*under_way.popleft(), usage)
                while under_way:
                    yield _received(*under_way.popleft(), usage)
                early = False
            finally:
                self.closed_early += early

    def _computed(self, prompt: Sequence[int], wanted: Wanted) -> Any:
        own = Usage()
        with closing(write(self.cache, prompt, wanted, own)) as choices:
            for choice in choices:
                if self.lose:
                    raise LinkFailed("The link broke")
                yield choice, Usage(**asdict(own))

    def prefill(self, tokens: Sequence[int], *, every: bool = False) -> Any:
        raise AssertionError("logits do not come over the link")

    def decode(self, token: int) -> Any:
        raise AssertionError("logits do not come over the link")

    def rewind(self, length: int) -> None:
        self.inner.rewind(length)
        self.cache.lost()

    def __enter__(self) -> FarSession:
        return self

    def __exit__(self, *exc: object) -> None:
        self.inner.close()


def _received(choice: Choice, told: Usage, usage: Usage) -> Choice:
    for name, value in asdict(told).items():
        setattr(usage, name, value)
    return choice
