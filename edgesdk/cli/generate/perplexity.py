"""``edgesdk generate --perplexity``: how well a model predicts a text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...decoder.generation_model import tokenizer_of
from ...decoder.perplexity import Perplexity, perplexity
from ...decoder.session import DecoderSession
from ..output import Output
from .prompt import read_text
from .view import StatusLine


def measure(
    out: Output, session: DecoderSession, path: Path, window: int | None, stride: int | None
) -> tuple[str, dict[str, Any]]:
    """The result as text, and its fields. Raises as ``edgesdk.decoder.perplexity``."""
    text = read_text(path)
    line = StatusLine(out)

    def tell(done: int, goal: int, loss: float) -> None:
        out.event("progress", scored=done, of=goal, loss=loss)
        line.show(f"{done} of {goal} tokens, loss {loss:.4f}")

    try:
        found = perplexity(
            session, tokenizer_of(session), text, window=window, stride=stride, on_window=tell
        )
    finally:
        line.clear()
    return as_text(found), {"file": path.name, **as_fields(found)}


def as_text(found: Perplexity) -> str:
    """For people."""
    rows = [
        f"perplexity {found.value:.4f}",
        f"loss {found.loss:.4f} ± {found.error:.4f} nats a token, {found.scored} tokens",
        f"{found.bits_per_byte:.4f} bits a byte of the text",
        f"windows of {found.window} tokens, a new one every {found.stride}",
        f"{found.computed} tokens computed, {found.rate:,.0f} tokens/s",
    ]
    return "\n".join(rows)


def as_fields(found: Perplexity) -> dict[str, Any]:
    """For programs."""
    return {
        "perplexity": found.value,
        "loss": found.loss,
        "loss_error": found.error,
        "bits_per_byte": found.bits_per_byte,
        "scored_tokens": found.scored,
        "window": found.window,
        "stride": found.stride,
        "computed_tokens": found.computed,
        "seconds": found.seconds,
        "tokens_per_second": found.rate,
    }
