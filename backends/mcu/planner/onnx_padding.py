"""How an ONNX window pads its image, as (top, bottom, left, right)."""

from __future__ import annotations

from collections.abc import Sequence

from .onnx_node import Node
from .padding import Pads, same_padding


def pads_of(
    node: Node,
    rows: bool,
    sizes: tuple[int, int],
    extents: tuple[int, int],
    strides: Sequence[int],
) -> Pads:
    """The padding of ``auto_pad`` or ``pads``. ``rows``: the image has no height of its own."""
    automatic = node.attribute("auto_pad", b"NOTSET").decode()
    if automatic == "VALID":
        return (0, 0, 0, 0)
    if automatic in {"SAME_UPPER", "SAME_LOWER"}:
        top, bottom, left, right = same_padding(sizes, extents, (strides[0], strides[1]))
        if automatic == "SAME_LOWER":
            return (bottom, top, right, left)
        return (top, bottom, left, right)
    given = [int(pad) for pad in node.attribute("pads", [0] * (2 if rows else 4))]
    node.require(min(given) >= 0, "its pads are negative")
    if rows:
        return (0, 0, given[0], given[1])
    return (given[0], given[2], given[1], given[3])
