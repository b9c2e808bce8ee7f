"""The tile of one read-compute request: one page for every core of every channel.

Cambricon-LLM (arXiv 2409.15654, section on tiling): inputs are split over the channels, rows over
the cores of a channel, and the shape is the one that moves the fewest bytes over the channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from edgesdk.errors import UsageError

from ..design.design import Design

SUM_BYTES = 4  # of a partial sum in a core's output buffer


@dataclass(frozen=True)
class Tile:
    """``rows`` x ``inputs`` weights in the page of each of ``cores`` x ``channels`` cores.

    ``cores``: of one channel. A channel's cores hold different rows of the same inputs.
    """

    rows: int
    inputs: int
    cores: int
    channels: int

    @property
    def height(self) -> int:
        """Rows of all cores of a channel."""
        return self.rows * self.cores

    @property
    def width(self) -> int:
        """Inputs of all channels."""
        return self.inputs * self.channels

    @property
    def weights(self) -> int:
        """In one page."""
        return self.rows * self.inputs


def choose_tile(design: Design, weight_bits: int, activation_bytes: int) -> Tile:
    """The tile that moves the fewest bytes: each channel its inputs once, each core its results.

    Sides are powers of two. Where two shapes move as many, the one with the fewer inputs. A core's
    inputs and its partial sums must fit into its buffer together. Raises ``UsageError``
    (EDGE-02220) where no shape does.
    """
    page = design.page_bytes * 8 // weight_bits
    fitting = [
        tile
        for tile in _shapes(page, design)
        if tile.inputs * activation_bytes + tile.rows * SUM_BYTES <= design.core_buffer_bytes
    ]
    if not fitting:
        raise UsageError(
            f"No tile of a page fits into the buffer of a core of {design.name}",
            evidence=f"{page} weights a page, activations of {activation_bytes} bytes, "
            f"core_buffer_bytes is {design.core_buffer_bytes}",
            next_step="Give the core a larger buffer, or the plane smaller pages",
            code=220,
        )
    return min(fitting, key=lambda t: (_moved(t, design, activation_bytes), t.inputs))


@lru_cache(maxsize=256)
def tile_of(design: Design, weight_bits: int, activation_bytes: int) -> Tile:
    """What a page holds; without cores it is plain storage, a row of inputs."""
    if design.compute:
        return choose_tile(design, weight_bits, activation_bytes)
    page = design.page_bytes * 8 // weight_bits
    return Tile(1, page, design.cores_per_channel, design.channels)


def _shapes(page: int, design: Design) -> list[Tile]:
    cores, channels = design.cores_per_channel, design.channels
    sides = [1 << power for power in range(page.bit_length()) if page % (1 << power) == 0]
    return [Tile(page // side, side, cores, channels) for side in sides]


def _moved(tile: Tile, design: Design, activation_bytes: int) -> int:
    results = tile.height * design.result_bytes * tile.channels
    return tile.width * activation_bytes + results
