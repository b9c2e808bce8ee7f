"""A model under bit errors of any rate and correction: ``edgesdk.error_study.Erroneous``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.weights import Vocabulary
from edgesdk.errors import UsageError

from .design.design import Design
from .memory.in_ram import RamMemory, laid_out
from .memory.layout import model_layout
from .memory.memory import most_tokens
from .memory.protection import Codes, described, parameters, possible, with_mode
from .memory.sensed import Cells, sensed_copy, written_rows
from .options import OpenOptions
from .quantise.model_file import ModelFile
from .quantise.page_layout import PageLayout
from .reliability.settings import ErrorSettings
from .session import NandSession

Sensed = tuple[NDArray[np.uint8], Mapping[str, int]]  # pages, and what was counted


def check_free_of_errors(errors: ErrorSettings, cell: str) -> None:
    """A study chooses rates and seeds itself: what an address says of them would be ignored.

    Raises ``UsageError`` (EDGE-02285).
    """
    if errors.aged or errors.rber is not None or errors.seed:
        rate = float(errors.rates(np.zeros(1, np.int64), cell)[0])
        raise UsageError(
            "The address has bit errors of its own, and a study brings others",
            evidence=f"the address's raw bit error rate is {rate:.3g}, of seed {errors.seed}",
            next_step=f"Leave them out of the address, and study that rate: --errors={rate:.3g}",
            code=285,
        )


class StudiedModel:
    """See ``Erroneous``. Its pages are laid out as on the device, in this process's memory: a study
    wears no flash, and disturbs no session. It owns the file.

    ``text``, ``continuation``: of its sessions, as ``NandSession`` has them.
    """

    def __init__(
        self,
        file: ModelFile,
        design: Design,
        codes: Codes,
        options: OpenOptions,
        *,
        text: Vocabulary | None,
        continuation: int,
    ) -> None:
        self._file, self._design, self._codes, self._options = file, design, codes, options
        self._text, self._continuation = text, continuation
        self._layout = model_layout(design, file.shape)
        self.correction = described(codes)
        self.corrections = possible(design, codes)
        self._rows: dict[str, NDArray[np.uint8]] = {}  # the pages of the correction used last
        self._counts: Mapping[str, int] = {}

    def clean(self) -> NandSession:
        """See ``Erroneous``."""
        return self._session(self._memory(lambda step: (laid_out(self._file, self._layout), {})))

    def session(self, rate: float, correction: str, seed: int) -> NandSession:
        """See ``Erroneous``. The address's noise of reads comes on top."""
        settings = replace(ErrorSettings(noise=self._options.errors.noise), rber=rate, seed=seed)
        memory = self._memory(partial(self._sensed, correction, settings), noisy=settings.noise > 0)
        self._counts = memory.counts
        return self._session(memory)

    def parameters(self, correction: str) -> Mapping[str, str]:
        """See ``Erroneous``."""
        return parameters(with_mode(self._design, self._codes, correction))

    def counts(self) -> Mapping[str, int]:
        """See ``Erroneous``."""
        return self._counts

    def close(self) -> None:
        """See ``Erroneous``."""
        self._rows.clear()
        self._file.close()

    def __enter__(self) -> StudiedModel:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _session(self, memory: RamMemory) -> NandSession:
        return NandSession(memory, self._text, self._continuation, self._options.context)

    def _sensed(self, correction: str, settings: ErrorSettings, step: int) -> Sensed:
        """The pages as they are read for a session's step."""
        codes = with_mode(self._design, self._codes, correction)
        rows = self._pages(correction, codes)
        count = self._layout.count
        cells = Cells(
            lambda numbers: rows[numbers],
            np.arange(count, dtype=np.int64),
            np.zeros(count, np.int64),
            self._design.cell,
        )
        threads = self._options.threads
        return sensed_copy(
            self._layout, cells, codes, settings, noise_counter=step, threads=threads
        )

    def _pages(self, correction: str, codes: Codes) -> NDArray[np.uint8]:
        """All pages with spare, as that correction writes them."""
        if correction not in self._rows:
            self._rows = {
                correction: written_rows(self._file, self._layout, codes, self._design.spare_bytes)
            }
        return self._rows[correction]

    def _memory(self, read: Callable[[int], Sensed], noisy: bool = False) -> RamMemory:
        return _Lent(self._file, self._layout, read, noisy, self._options)


class _Lent(RamMemory):
    """Pages of a model whose file stays open for the next session.

    ``read``: gives the pages as they are read for a step, counted from 0; where they are ``noisy``,
    they are read again for each.
    """

    def __init__(
        self,
        file: ModelFile,
        layout: PageLayout,
        read: Callable[[int], Sensed],
        noisy: bool,
        options: OpenOptions,
    ) -> None:
        data, counts = read(0)
        results, threads = options.results, options.threads
        super().__init__(file, layout, data, results=results, threads=threads, counts=counts)
        self._read, self._noisy, self._steps = read, noisy, 0
        self.most_tokens = most_tokens(options.errors.noise)

    def before_step(self, tokens: int) -> None:
        """See ``Memory``: noise is drawn anew."""
        if self._noisy and self._steps:
            self.hold(*self._read(self._steps))
        self._steps += 1

    def close(self) -> None:
        """Leave the file."""
