"""Several prompts through one session, in the order in which they share the most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from .generation import Generation, Piece, Settings, as_tokens, checked_room
from .prefix import PrefixCache
from .session import DecoderSession
from .tokenizer import Tokenizer


def generate_batch(
    session: DecoderSession | PrefixCache,
    tokenizer: Tokenizer | None,
    prompts: Sequence[str | Sequence[int]],
    settings: Settings,
) -> Iterator[tuple[int, Generation, Piece]]:
    """Continue prompts one after the other: (which, its generation, a piece of it).

    They are taken in the order of their tokens, so that what neighbours begin with is computed
    once. Prompt i draws with the settings' seed plus i, wherever it stands; without a seed each
    draws one. All prompts are checked before anything is computed. Raises as ``generate``.
    """
    cache = session if isinstance(session, PrefixCache) else PrefixCache(session)
    tokens = [as_tokens(tokenizer, prompt) for prompt in prompts]
    for number, one in enumerate(tokens, start=1):
        checked_room(cache.session.context, len(one), f"Prompt {number} of {len(tokens)}")
    return _pieces(cache, tokenizer, tokens, settings)


def _pieces(
    cache: PrefixCache,
    tokenizer: Tokenizer | None,
    prompts: Sequence[list[int]],
    settings: Settings,
) -> Iterator[tuple[int, Generation, Piece]]:
    for index in sorted(range(len(prompts)), key=lambda i: prompts[i]):
        own = _seeded(settings, index)
        with closing(Generation(cache, tokenizer, prompts[index], own)) as generation:
            for piece in generation:
                yield index, generation, piece


def _seeded(settings: Settings, index: int) -> Settings:
    sampling = settings.sampling
    if sampling.seed is None:
        return settings
    return replace(settings, sampling=replace(sampling, seed=sampling.seed + index))
