"""Greedy merging by score: how SentencePiece BPE, llama.cpp and llama2.c cut text into pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from heapq import heappop, heappush

from .sentencepiece import SPACE

_WORDS = re.compile(f"{SPACE}*[^{SPACE}]+|{SPACE}+")
_LONGEST_KEPT = 64  # characters of a word whose pieces are kept
_MOST_KEPT = 1 << 16  # words
_PLACE_BITS = 25  # more than the places of the longest text that is encoded


class Merger:
    """Cuts text (spaces as U+2581) into pieces.

    Every character is a symbol at first. Of all neighbours that together are a piece, those with
    the highest score are joined, the leftmost of equal ones, until none are left. With a heap and
    linked symbols that takes n log n steps. ``merged``: the pieces that a merge may give, with
    their scores; ``unused`` ones only on the way: at the end they are taken apart again.
    ``whole``: pieces that text is cut at first, and that nothing is joined with.
    """

    def __init__(
        self, merged: Mapping[str, float], unused: frozenset[str], whole: frozenset[str]
    ) -> None:
        places = {score: rank for rank, score in enumerate(sorted({*merged.values()})[::-1])}
        self._ranks = {piece: places[score] for piece, score in merged.items()}  # 0: joined first
        self._unused = unused
        self._whole = whole
        names = sorted(whole, key=len, reverse=True)
        self._cuts = re.compile(f"({'|'.join(map(re.escape, names))})") if names else None
        # No piece reaches from a word into the next one: then words are cut one by one.
        self._by_word = not unused and not any(re.search(f"[^{SPACE}]{SPACE}", p) for p in merged)
        self._kept: dict[str, list[str]] = {}

    def cut(self, text: str) -> Iterator[str]:
        """The pieces of a text, in order; single characters may be no piece of the vocabulary."""
        for part in self._cuts.split(text) if self._cuts else (text,):
            if part in self._whole:
                yield part
            elif not self._by_word:
                yield from self._merge(part)
            else:
                for word in _WORDS.findall(part):
                    yield from self._word(word)

    def _word(self, word: str) -> list[str]:
        if len(word) > _LONGEST_KEPT:
            return self._merge(word)
        found = self._kept.get(word)
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            found = self._kept[word] = self._merge(word)
        return found

    def _merge(self, text: str) -> list[str]:
        symbols = list(text)
        before, after = [*range(-1, len(text) - 1)], [*range(1, len(text)), -1]
        halves: dict[str, tuple[str, str]] = {}
        heap: list[int] = []  # a candidate: the rank of the piece, then the place of its left half
        ranks = self._ranks

        def offer(left: int, right: int) -> None:
            """Put two neighbours on the heap if they are a piece together."""
            piece = symbols[left] + symbols[right]
            rank = ranks.get(piece)
            if rank is not None:
                heappush(heap, rank << _PLACE_BITS | left)
                if piece in self._unused:
                    halves[piece] = symbols[left], symbols[right]

        for right in range(1, len(text)):
            offer(right - 1, right)
        while heap:
            rank, left = divmod(heappop(heap), 1 << _PLACE_BITS)
            right = after[left]
            piece = symbols[left] + symbols[right]
            if right < 0 or not symbols[left] or ranks.get(piece) != rank:
                continue  # a half of it went into another symbol meanwhile
            symbols[left], symbols[right] = piece, ""
            following = after[left] = after[right]
            if following >= 0:
                before[following] = left
                offer(left, following)
            if before[left] >= 0:
                offer(before[left], left)
        found = [symbol for symbol in symbols if symbol]
        return self._taken_apart(found, halves) if self._unused else found

    def _taken_apart(self, symbols: list[str], halves: dict[str, tuple[str, str]]) -> list[str]:
        """The symbols, unused ones as the two that they were joined from, and so on."""
        done: list[str] = []
        left = symbols[::-1]
        while left:
            symbol = left.pop()
            if symbol in self._unused and symbol in halves:
                left += reversed(halves[symbol])
            else:
                done.append(symbol)
        return done
