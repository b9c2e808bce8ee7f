"""What a model takes of the accelerator's memory: which buffers, and how large."""

from __future__ import annotations

from .weights.axes import VECTOR, padded
from .weights.index_code import LANES
from .weights.layout import PackedShape, aligned, cache_bytes, sizes

MOST_TOKENS = 64  # of one call
MOST_LOGITS = 8  # tokens of one call whose logits are wanted: 128,256 of each are half a MiB
LEAST_CONTEXT = 512  # positions; a cache for fewer is of little use


def buffer_sizes(shape: PackedShape, context: int, fabric_head: bool) -> dict[str, int]:
    """Bytes of every buffer, by its name in the register map.

    ``one_state`` and ``one_logits`` take the place of ``states`` and ``logits`` where one token
    goes in, or one comes out: a buffer is always flushed whole, and 64 tokens are a megabyte.
    """
    file = sizes(shape)
    found = {f"weights_{port}": file[f"weights_{port}"] for port in range(LANES)}
    found["parameters"] = file["parameters"]
    found["rotations"] = 4 * context * shape.head_size
    cache = cache_bytes(shape, context) // 4
    found |= dict.fromkeys(("keys_0", "keys_1", "values_0", "values_1"), cache)
    found["one_state"] = 4 * shape.hidden
    found["states"] = MOST_TOKENS * found["one_state"]
    if fabric_head:
        found |= {f"head_{port}": file["head"] // LANES for port in range(LANES)}
        found["head_scales"] = file["head_scales"]
        found["one_logits"] = 4 * padded(shape.vocabulary, VECTOR)
        found["logits"] = MOST_LOGITS * found["one_logits"]
    return found


def memory_needed(shape: PackedShape, context: int, fabric_head: bool) -> int:
    """Bytes of all buffers, in whole pages."""
    return sum(map(aligned, buffer_sizes(shape, context, fabric_head).values()))


def fitting_context(shape: PackedShape, fabric_head: bool, free: int) -> int:
    """The most positions that so many free bytes hold, a multiple of 16; 0 where none."""
    low, high = 0, shape.context // VECTOR + 1
    while high - low > 1:
        middle = (low + high) // 2
        if memory_needed(shape, VECTOR * middle, fabric_head) <= free:
            low = middle
        else:
            high = middle
    return VECTOR * low
