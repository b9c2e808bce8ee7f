"""What a decoder's weights lie in: the flash itself, a copy of it as sensed, or no pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from edgesdk.bench import Figure

from ..npu.host_products import HostProducts
from ..npu.products import Products
from ..quantise.model_file import ModelFile

MOST_TOKENS = 256  # of one step: a prompt's activations and sums stay in the host's cache
READ_TOKENS = 16  # of a prompt, that share one read of the pages; decided, and the least of a step


class Memory(Protocol):
    """Gives the products of a session, which closes it."""

    @property
    def most_tokens(self) -> int:
        """Of one step: as many as share a read where every read is another (noise), so that the
        clock, which sizes longer steps, has no part in the results."""

    @property
    def file(self) -> ModelFile:
        """What is in DRAM: norms, scales, the embedding's rows."""

    @property
    def products(self) -> Products:
        """Of the matrices."""

    def before_step(self, tokens: int) -> None:
        """A block of tokens is about to be computed: the pages are read for it."""

    def figures(self, position: int, prompt: int) -> Mapping[str, Figure]:
        """What was counted, and what a device would take, modelled: for a token after so many
        positions, and for a prompt of so many tokens, where there are any."""

    def close(self) -> None:
        """Let go of everything. Safe twice."""


def most_tokens(noise: float) -> int:
    """See ``Memory``; ``noise``: the probability of a bit to be read wrongly once."""
    return READ_TOKENS if noise > 0 else MOST_TOKENS


def reads_of(tokens: int) -> int:
    """How often the pages are read for the tokens of one step."""
    return -(-tokens // READ_TOKENS)


class HostMemory:
    """See ``Memory``: no pages; numpy multiplies the codes of the file."""

    most_tokens = MOST_TOKENS

    def __init__(self, file: ModelFile) -> None:
        self.file = file
        self.products: Products = HostProducts(file)

    def before_step(self, tokens: int) -> None:
        """Nothing is read."""

    def figures(self, position: int, prompt: int) -> Mapping[str, Figure]:
        """None: it stands for no device."""
        return {}

    def close(self) -> None:
        """See ``Memory``."""
        self.file.close()
