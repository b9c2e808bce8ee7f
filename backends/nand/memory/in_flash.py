"""Pages as they lie in the emulated flash: multiplied in place, or as sensed with errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesdk.bench import COUNTED, Figure

from ..design.chosen import Chosen
from ..flash.array import FlashArray
from ..npu.page_products import EXACT, PageProducts
from ..npu.products import Codes as Activations
from ..npu.products import Products
from ..options import OpenOptions
from ..quantise.model_file import ModelFile
from ..quantise.page_layout import PageLayout
from ..timing.modelled import modelled_figures
from .memory import most_tokens, reads_of
from .protection import Codes
from .sensed import Cells, sensed_copy


@dataclass(frozen=True)
class Programmed:
    """A model whose pages are in flash. ``physical``: their numbers there, int64 [pages]."""

    array: FlashArray
    layout: PageLayout
    physical: NDArray[np.int64]
    codes: Codes
    chosen: Chosen


class FlashMemory:
    """See ``Memory``. It owns the file and the opened flash.

    Without errors the cores' products come from the file of the flash, in place. With errors the
    pages are sensed once: cells that are wrong stay wrong. Noise is drawn again at every step.
    """

    def __init__(self, file: ModelFile, there: Programmed, options: OpenOptions) -> None:
        self.file = file
        self.counts: Mapping[str, int] = {}
        self._there, self._options = there, options
        self._steps = 0
        self.most_tokens = most_tokens(options.errors.noise)
        self.products: Products = self
        if options.errors.active:
            # Nobody erases a block whose pages are held: once is enough for all steps.
            self._erases = there.array.erases(there.physical).astype(np.int64)
            self._sense()
        else:
            self._pages = self._products(there.array.stored, there.physical, inverted=True)

    def sums(self, matrix: str, x: Activations) -> NDArray[np.int64]:
        """See ``Products``: of the pages as they were sensed last."""
        return self._pages.sums(matrix, x)

    def before_step(self, tokens: int) -> None:
        """Every page is read, once for so many tokens, however long the blocks are."""
        if self._options.errors.noise > 0 and self._steps:
            self._sense()
        self._steps += 1
        self._there.array.count_reads(self._there.physical, reads_of(tokens))

    def figures(self, position: int, prompt: int) -> Mapping[str, Figure]:
        """See ``Memory``."""
        pages = Figure(
            len(self._there.physical), "pages", COUNTED, "read for a token, of cores and of the NPU"
        )
        did = {
            f"flash_{name}": Figure(count, "", COUNTED, "in the pages as they are multiplied now")
            for name, count in self.counts.items()
        }
        cut = Figure(
            self._pages.cut, "sums", COUNTED, "of cores that 16 bits did not hold, since opened"
        )
        cuts = {"flash_cut": cut} if self._options.results != EXACT else {}
        modelled = modelled_figures(self._there.chosen, self.file, position, prompt)
        return {"flash_pages": pages, **did, **cuts, **modelled}

    def close(self) -> None:
        """See ``Memory``. Nothing keeps the map of the flash, which is as large as it."""
        self._pages.close()
        self._there.array.close()
        self.file.close()

    def _sense(self) -> None:
        there = self._there
        stored = there.array.stored
        cells = Cells(
            lambda numbers: ~stored[there.physical[numbers]],
            there.physical,
            self._erases,
            there.chosen.design.cell,
        )
        data, self.counts = sensed_copy(
            there.layout,
            cells,
            there.codes,
            self._options.errors,
            noise_counter=self._steps,
            threads=self._options.threads,
        )
        numbers = np.arange(len(data), dtype=np.int64)
        self._pages = self._products(data, numbers, inverted=False)

    def _products(
        self, store: NDArray[np.uint8], numbers: NDArray[np.int64], *, inverted: bool
    ) -> PageProducts:
        return PageProducts(
            self._there.layout,
            store,
            numbers,
            inverted=inverted,
            results=self._options.results,
            threads=self._options.threads,
        )
