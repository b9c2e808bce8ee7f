"""What a decoder keeps in DRAM while its weights lie in flash: its cache and its embedding."""

from __future__ import annotations

from dataclasses import dataclass

_SCALE_BYTES = 4  # of a key or value of one head, where its elements are codes of 8 bits


@dataclass(frozen=True)
class Kept:
    """Sizes of a decoder. ``key_heads`` of each layer, each of ``head_size`` elements of
    ``element_bytes``; an embedding [vocabulary, hidden] of ``row_bytes`` an element, float16 where
    nothing else is said."""

    layers: int
    key_heads: int
    head_size: int
    element_bytes: int
    vocabulary: int
    hidden: int
    row_bytes: int = 2

    def size(self, positions: int) -> int:
        """Bytes of the keys and values of so many positions, and of the embedding."""
        return self.cache(positions) + self.vocabulary * self.hidden * self.row_bytes

    def cache(self, positions: int) -> int:
        """Bytes of the keys and values alone."""
        scale = _SCALE_BYTES if self.element_bytes == 1 else 0
        vector = self.head_size * self.element_bytes + scale
        return 2 * self.layers * self.key_heads * vector * positions
