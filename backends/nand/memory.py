"""What a decoder's weights lie in: the flash itself, a copy of it as sensed, or no pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from edgesdk.bench import Figure

from .npu.host_products import HostProducts
from .npu.products import Products
from .quantise.model_file import ModelFile


class Memory(Protocol):
    """Gives the products of a session, which closes it."""

    @property
    def file(self) -> ModelFile:
        """What is in DRAM: norms, scales, the embedding's rows."""

    @property
    def products(self) -> Products:
        """Of the matrices."""

    @property
    def counts(self) -> Mapping[str, int]:
        """What the correction did to the pages as they are now, by its name."""

    def before_step(self, tokens: int) -> None:
        """A block of tokens is about to be computed: each page is read for it."""

    def figures(self, position: int) -> Mapping[str, Figure]:
        """What was counted, and what a device would take after so many positions, modelled."""

    def close(self) -> None:
        """Let go of everything. Safe twice."""


class HostMemory:
    """See ``Memory``: no pages; numpy multiplies the codes of the file."""

    counts: Mapping[str, int] = {}

    def __init__(self, file: ModelFile) -> None:
        self.file = file
        self.products: Products = HostProducts(file)

    def before_step(self, tokens: int) -> None:
        """Nothing is read."""

    def figures(self, position: int) -> Mapping[str, Figure]:
        """None: it stands for no device."""
        return {}

    def close(self) -> None:
        """See ``Memory``."""
        self.file.close()
