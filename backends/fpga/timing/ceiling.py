"""What no arrangement of the work can exceed: the bounds that stand beside every prediction."""

from __future__ import annotations

from edgesdk.decoder.config import DecoderConfig
from edgesdk.predict import DECODE

from .design import Board
from .limits import SHOWN
from .work import cache_bytes, least_bytes, ternary_weights


def ceiling(
    board: Board, config: DecoderConfig, phase: str, at: int, weights_each: float
) -> tuple[float, str]:
    """Tokens each second, and why no more.

    ``weights_each``: what the design can multiply in a cycle, in ternary weights.
    """
    rate = board.peak_gb_s * 1e9 * SHOWN
    if phase == DECODE:
        size = least_bytes(config, at)
        why = "weights at log2(3) bits, an int8 head and the cache, at 94 % of the DDR's peak"
        return rate / size, why
    compute = at * ternary_weights(config) / weights_each * board.cycle
    memory = (least_bytes(config, 0) + cache_bytes(config, at)) / rate
    why = f"{weights_each:g} ternary products a cycle, or one read of all weights"
    return at / max(compute, memory), why
