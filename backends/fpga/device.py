"""An FPGA board, or an emulated one, as a device: an A/B store of models, and one session."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable

from edgesdk.address import Address
from edgesdk.backend import DeviceInfo, Fit
from edgesdk.bundle import Manifest, SignedManifest
from edgesdk.errors import DeviceUnavailable
from edgesdk.store import Source, StoreDevice

from . import fit
from .boards import read_board
from .opening import open_source
from .options import OpenOptions, from_address
from .places import EmulatedPlace, Place, PynqPlace
from .session import FpgaSession


class FpgaDevice(StoreDevice):
    """Serves ``pynq:`` and ``emu:fpga``. See ``edgesdk.backend.Device``.

    There is one accelerator: a session holds it until it is closed, or until a trial takes it.
    """

    def __init__(self, address: Address) -> None:
        options = from_address(address)
        self._address, self._options = address, options.opening
        self._board = read_board(options.board)
        place = EmulatedPlace if address.scheme == "emu" else PynqPlace
        self._place: Place = place(self._board, options)
        super().__init__(self._board.target, self._place.store)
        # Weakly: a session that nobody has any more closes, and gives the accelerator back.
        self._opened_last: Callable[[], FpgaSession | None] = lambda: None

    @property
    def info(self) -> DeviceInfo:
        """The board, and what is free of its memory."""
        return DeviceInfo(
            address=str(self._address),
            backend="fpga",
            target=self._target,
            description=self._place.description,
            memory=fit.memory(self._place.memory(), self._folder),
            versions={fit.ENGINE: fit.VERSION},
            trusted_keys=self._trusted_keys(),
            local=True,
        )

    def begin(self, signed: SignedManifest) -> None:
        """Take the store's lock and clear the inactive slot, where the engine can run at all."""
        self._place.prepare()
        super().begin(signed)

    def close(self) -> None:
        """Let go of the accelerator, whoever still has a session; revert a deploy under way."""
        if self._session is not None:
            self._session.close()
        super().close()

    def __enter__(self) -> FpgaDevice:
        return self

    def _opened(self, source: Source, *, trial: bool = False) -> FpgaSession:
        """See ``StoreDevice``. The limit of a start is kept: it changes no answer."""
        options = OpenOptions(deadline=self._options.deadline) if trial else self._options
        if self._session is not None:  # there is room for one, and a deploy may have come between
            (self._session.replace if trial else self._session.close)()
        session = open_source(source, self._place, options)
        self._opened_last = weakref.ref(session)
        return session

    @property
    def _session(self) -> FpgaSession | None:
        return self._opened_last()

    def _check_free(self) -> None:
        """See ``StoreDevice``. Raises ``DeviceUnavailable`` (EDGE-0569)."""
        if self._session is not None and self._session.running:
            raise DeviceUnavailable(
                "A model is open on this accelerator, and there is room for one",
                next_step=f"Close its session{self._place.another}",
                code=69,
            )

    def _fit(self, manifest: Manifest) -> Iterable[Fit]:
        """A trial takes the place of what runs: its memory counts as free."""
        free = fit.memory(self._place.memory(), self._folder)
        if self._session is not None and self._session.running and self._place.needs_bitstream:
            free[fit.CMA] += self._session.held_memory
        return fit.rows(manifest, self._board, free, self._place.needs_bitstream)
