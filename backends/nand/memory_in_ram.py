"""Pages in this process's memory, for a model that no flash holds: not yet, or not any more."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edgesdk.bench import Figure

from .npu.page_products import EXACT, PageProducts
from .npu.products import Products
from .quantise.model_file import ModelFile
from .quantise.page_layout import PageLayout


class RamMemory:
    """See ``Memory``. ``data``: uint8 [pages of the model, page], multiplied where they are."""

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
        self.file, self.counts = file, dict(counts or {})
        numbers = np.arange(layout.count, dtype=np.int64)
        self.products: Products = PageProducts(
            layout, data, numbers, results=results, threads=threads
        )

    def before_step(self, tokens: int) -> None:
        """Nothing is counted here."""

    def figures(self, position: int) -> Mapping[str, Figure]:
        """None: it stands for no device."""
        return {}

    def close(self) -> None:
        """See ``Memory``."""
        self.file.close()


def laid_out(file: ModelFile, layout: PageLayout) -> NDArray[np.uint8]:
    """The data of all pages of a model, uint8 [pages, page]."""
    return np.concatenate([layout.contents(file, name) for name in layout.placed])
