"""Pages in this process's memory, for a model that no flash holds: not yet, or not any more."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edgesdk.bench import Figure

from ..npu.page_products import EXACT, PageProducts
from ..npu.products import Codes as Activations
from ..npu.products import Products
from ..quantise.model_file import ModelFile
from ..quantise.page_layout import PageLayout
from .memory import MOST_TOKENS


class RamMemory:
    """See ``Memory``. ``data``: uint8 [pages of the model, page], multiplied where they are."""

    most_tokens = MOST_TOKENS

    def __init__(
        self,
        file: ModelFile,
        layout: PageLayout,
        data: NDArray[np.uint8],
        *,
        results: str = EXACT,
        threads: int = 1,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        self.file, self._layout = file, layout
        self._results, self._threads = results, threads
        self.products: Products = self
        self.hold(data, counts or {})

    def hold(self, data: NDArray[np.uint8], counts: Mapping[str, int]) -> None:
        """Multiply these pages from now on; ``counts``: what the correction did to them."""
        numbers = np.arange(self._layout.count, dtype=np.int64)
        self.counts = dict(counts)
        self._pages = PageProducts(
            self._layout, data, numbers, results=self._results, threads=self._threads
        )

    def sums(self, matrix: str, x: Activations) -> NDArray[np.int64]:
        """See ``Products``: of the pages that are held."""
        return self._pages.sums(matrix, x)

    def before_step(self, tokens: int) -> None:
        """Nothing is counted here."""

    def figures(self, position: int, prompt: int) -> Mapping[str, Figure]:
        """None: it stands for no device."""
        return {}

    def close(self) -> None:
        """See ``Memory``."""
        self._pages.close()
        self.file.close()


def laid_out(file: ModelFile, layout: PageLayout) -> NDArray[np.uint8]:
    """The data of all pages of a model, uint8 [pages, page]."""
    return np.concatenate([layout.contents(file, name) for name in layout.placed])
