"""How many positions a compiled decoder serves, where its backend has to choose a number."""

from __future__ import annotations

from ..errors import UsageError
from .limits import checked_context

MOST_CONTEXT = 8192  # positions, unless somebody asks for more: each takes a device's memory


def served_context(asked: int | None, trained: int, least: int) -> int:
    """The positions; ``asked``: 0 or None for what is usual; ``least``: of the golden vectors.

    Raises ``UsageError`` (EDGE-02133, EDGE-02185).
    """
    if not asked:
        return min(trained, MOST_CONTEXT)
    if asked < least:
        raise UsageError(
            f"A context of {asked} tokens is too short to prove the model",
            evidence=f"its golden vectors continue a prompt by {least} tokens",
            next_step=f"Ask for {least} to {trained}",
            code=185,
        )
    return checked_context(asked, trained)


def served_note(served: int, trained: int) -> str:
    """What to say where these are fewer than the model was trained for; else nothing."""
    if served >= trained:
        return ""
    return (
        f"the model serves {served} of the {trained} positions that it was trained for: "
        "more with --option context=NUMBER"
    )
