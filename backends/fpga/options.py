"""What may stand behind the question mark of an address, and what can be chosen when compiling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edgesdk.address import Address
from edgesdk.emulated_folder import EmulatedFolder
from edgesdk.errors import UsageError
from edgesdk.option_values import Reader, name, one_of, only_known, path, read_options, real, whole

from .boards import DEFAULT, board_name
from .driver.patience import EMULATED, NATIVE
from .emulator.faults import Faults, parse_faults

FABRIC, HOST = "fabric", "host"
HEADS = (FABRIC, HOST)
RESCORE = whole(0, 256)  # logits
_CONTEXT = whole(1, 1 << 20)
_NO_FAULTS = Faults()


@dataclass(frozen=True)
class OpenOptions:
    """How a model is opened.

    ``context``: positions of the cache, 0 for as many as the model has and memory holds. ``head``:
    where logits are computed, as the bundle says where empty. ``rescore``: how many of the largest
    logits are computed again from float rows; as the bundle says where None. ``deadline``: seconds
    that one start of the accelerator may take, 0 for what its size suggests. ``clock``: of the
    fabric, MHz, as the bundle says; 0 where it does not. ``profile``: of the bundle's board, for
    what is modelled; empty for the usual one.
    """

    context: int = 0
    head: str = ""
    rescore: int | None = None
    deadline: float = 0.0
    clock: float = 0.0
    profile: str = ""


@dataclass(frozen=True)
class AddressOptions:
    """All that an address says.

    ``board``: which one it is, or is taken for. ``store``: a real board's folder of models, where
    it is not the usual one. For an emulator: its ``engine``, the ``name`` of the board, ``state``:
    the folder of these boards, ``memory`` (MiB, 0 for the board's own), and the ``faults`` that
    befall it.
    """

    opening: OpenOptions
    board: str = DEFAULT
    store: Path | None = None
    state: Path | None = None
    engine: str = NATIVE
    name: str = "board"
    memory: int = 0
    faults: Faults = _NO_FAULTS

    @property
    def boards(self) -> EmulatedFolder:
        """Where emulated boards are, each with its store."""
        return EmulatedFolder("fpga", self.state)


@dataclass(frozen=True)
class CompileOptions:
    """How a model is compiled.

    ``bitstream``: the file that goes into the bundle, with the ``.hwh`` beside it. ``clock``: of
    the fabric, MHz; 0 for what the bitstream's design says. ``context``: positions to serve, 0 for
    the model's own up to 8192. ``head`` and ``rescore``: see ``OpenOptions``.
    """

    bitstream: Path | None = None
    clock: float = 0.0
    context: int = 0
    head: str = FABRIC
    rescore: int | None = None


def from_address(address: Address) -> AddressOptions:
    """Read the options of an address. Raises ``UsageError`` (EDGE-02180, EDGE-02160)."""
    known = _OPENING | (_EMULATOR if address.scheme == "emu" else _BOARD)
    values = read_options(address.options, known, f"{address.scheme}:{address.rest}", _bad_address)
    opening = {key: values.pop(key) for key in list(values) if key in _OPENING}
    if "fault" in values:
        values["faults"] = parse_faults(values.pop("fault"))
    return AddressOptions(OpenOptions(**opening), **values)


def from_compile(options: Mapping[str, str]) -> CompileOptions:
    """Read the compile options. Raises ``UsageError`` (EDGE-0209 unknown, EDGE-02181 wrong)."""
    only_known(options, sorted(_COMPILE), "A model for an FPGA")
    return CompileOptions(**read_options(options, _COMPILE, "a model for an FPGA", _bad_choice))


def _bad_address(what: str, evidence: str) -> UsageError:
    return UsageError(what, evidence=evidence, code=180)


def _bad_choice(what: str, evidence: str) -> UsageError:
    return UsageError(what, evidence=evidence, code=181)


_OPENING: dict[str, Reader] = {
    "context": _CONTEXT,
    "head": one_of(*HEADS),
    "rescore": RESCORE,
    "deadline": real(0.01, 86400),
}
_BOARD: dict[str, Reader] = {"board": board_name, "store": path}
_EMULATOR: dict[str, Reader] = {
    "board": board_name,
    "state": path,
    "engine": one_of(*EMULATED),
    "name": name,
    "memory": whole(1, 1 << 16),
    "fault": str,
}
_COMPILE: dict[str, Reader] = {
    "bitstream": path,
    "clock": real(1, 1000),
    "context": _CONTEXT,
    "head": one_of(*HEADS),
    "rescore": RESCORE,
}
