"""What every decoder session checks before it computes: the tokens, and lengths of its cache."""

from __future__ import annotations

from collections.abc import Sized

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from .session import Tokens


def checked_tokens(tokens: Tokens, vocabulary: int, room: int) -> NDArray[np.int32]:
    """The tokens as int32 [n]. Raises ``UsageError`` (EDGE-02130, EDGE-02131, EDGE-02132).

    ``vocabulary``: how many tokens there are. ``room``: how many the cache still has room for.
    """
    if isinstance(tokens, Sized) and len(tokens) == 0:
        raise UsageError(
            "There are no tokens to read", next_step="Give at least one token", code=130
        )
    found = _numbers(tokens)
    if found is not None and len(found) > room:  # before each of too many is looked at
        raise UsageError(
            "The tokens do not fit into the context",
            evidence=f"there are {len(found)}, and room for {room} more",
            next_step="Give fewer, or open the model with a longer context if it allows one",
            code=132,
        )
    if found is None or found.min() < 0 or found.max() >= vocabulary:
        raise UsageError(
            f"The tokens are not all numbers from 0 to {vocabulary - 1}",
            evidence=_outside(found, vocabulary),
            next_step="Use the tokenizer that belongs to the model",
            code=131,
        )
    return found.astype(np.int32)


def checked_continuation(count: int, context: int) -> int:
    """The room for tokens that ``count`` are to follow. Raises ``UsageError`` (EDGE-02132).

    ``context``: positions of the cache; the last of the continuation needs none.
    """
    room = context - count + 1
    if room < 1:
        raise UsageError(
            "The continuation does not fit into the context",
            evidence=f"the model continues by {count} tokens, and its cache holds {context}",
            next_step=f"Open the model with a context of {count} or more, if it allows that",
            code=132,
        )
    return room


def checked_context(context: int | None, most: int) -> int:
    """Positions of a cache; ``most`` where None. Raises ``UsageError`` (EDGE-02133)."""
    if context is not None and not 1 <= context <= most:
        raise UsageError(
            f"The model cannot have a context of {context} tokens",
            next_step=f"Ask for 1 to {most}",
            code=133,
        )
    return most if context is None else context


def checked_length(length: int, position: int) -> int:
    """A length to keep of a cache of ``position`` tokens. Raises ``UsageError`` (EDGE-02133)."""
    if not isinstance(length, (int, np.integer)) or not 0 <= length <= position:
        raise UsageError(
            f"The cache cannot go back to {length} tokens",
            evidence=f"it holds {position}",
            next_step=f"Keep 0 to {position} of them",
            code=133,
        )
    return length


def _numbers(tokens: Tokens) -> NDArray[np.integer] | None:
    """The tokens as an array [n] of some integer type, None when they are anything else."""
    try:
        found = np.asarray(tokens)
    except (ValueError, TypeError, OverflowError):  # lists of unequal lengths
        return None
    return found if found.ndim == 1 and found.dtype.kind in "iu" else None


def _outside(found: NDArray[np.integer] | None, vocabulary: int) -> str:
    if found is None:
        return "they are not a list of whole numbers"
    place = int(np.argmax((found < 0) | (found >= vocabulary)))
    return f"token {place} is {found[place]}"
