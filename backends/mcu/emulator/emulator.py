"""An emulated board as its owner sees it: a link, a switch, and counts."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgesdk.errors import LinkFailed, MissingExtra, NoDevice, UsageError

from ..link import Link
from ..links.socket_link import SocketLink
from .board import Board, board
from .control import ControlSocket, Gone
from .faults import Faults, to_text
from .flash_file import lock
from .provision import boot_image as shipped_boot_image
from .qemu_engine import PROGRAM

BOARDS = {"unicorn": "nrf5340", "qemu": "mps2_an505"}  # the board that each engine emulates
_SECONDS = 20.0  # for an answer of the process: it looks at questions every few milliseconds


@dataclass(frozen=True)
class Counts:
    """What happened since the emulator started; flash and instructions only where it counts them.

    ``on``: it has power. ``programs``: words; ``erases``: pages. ``resets`` by reason (power,
    software, watchdog, lockup). ``faults``: addresses of the last instructions that could not be
    carried out.
    """

    on: bool
    instructions: int
    programs: int
    erases: int
    resets: Mapping[str, int]
    faults: tuple[int, ...]

    @property
    def operations(self) -> int:
        """Of the flash: what ``Faults.cut`` counts."""
        return self.programs + self.erases


class Emulator:
    """A board in a process of its own, which ends with this one. Close it, or use ``with``."""

    def __init__(
        self, engine: str, process: subprocess.Popen[bytes], control: ControlSocket, faults: Faults
    ) -> None:
        self._engine, self._process, self._control = engine, process, control
        self._faults = faults
        self.link: Link

    @classmethod
    def start(
        cls,
        flash: Path,
        *,
        engine: str = "unicorn",
        faults: Faults | None = None,
        boot_image: Path | None = None,
    ) -> Emulator:
        """Switch on the board of that flash file, which ``provision`` made.

        Raises ``NoDevice`` (EDGE-0303, no QEMU), ``MissingExtra`` (no Unicorn),
        ``DeviceUnavailable`` (EDGE-0513, EDGE-0514), ``UsageError`` (EDGE-0237, EDGE-0238).
        """
        about = _checked(engine, faults or Faults())
        image = boot_image or shipped_boot_image(about.name)
        with lock(flash, about.flash_size) as file:
            ours, its = socket.socketpair()
            command = [sys.executable, "-m", __package__, "--engine", engine, "--board", about.name]
            command += ["--flash", str(flash.absolute()), "--boot-image", str(image.absolute())]
            command += ["--faults", to_text(faults or Faults())]
            command += ["--control", str(its.fileno()), "--file", str(file.fileno())]
            descriptors = (its.fileno(), file.fileno())
            with its:
                # A group of its own: Ctrl-C is for the owner, who decides about the board.
                process = subprocess.Popen(  # noqa: S603 - ourselves
                    command, pass_fds=descriptors, start_new_session=True
                )
        emulator = cls(engine, process, ControlSocket(ours), faults or Faults())
        try:
            emulator.restart()
        except BaseException:
            emulator.close()
            raise
        return emulator

    def restart(self) -> Link:
        """Cut the power, if it is on, and switch it on again: RAM is lost, ``link`` is new."""
        if hasattr(self, "link"):
            self.link.close()
        ours, its = socket.socketpair()
        self.link = SocketLink(ours, *_if_it_ends(self._faults))
        with its:
            self._ask({"do": "on"}, its)
        return self.link

    def power_off(self) -> Counts:
        """Cut the power now; whatever the board was doing ends where it is."""
        return self._ask({"do": "off"})

    def counts(self) -> Counts:
        """What happened so far."""
        return self._ask({"do": "counts"})

    def cut(self, at: int, tear: str = "none", seed: int = 0) -> None:
        """Cut the power at a later operation of the flash; as in ``Faults``.

        Raises ``UsageError`` (EDGE-0238): QEMU writes its flash by itself.
        """
        _refuse_faults(self._engine)
        Faults(cut=at, tear=tear)
        self._ask({"do": "cut", "at": at, "tear": tear, "seed": seed})

    def kill(self) -> None:
        """End the process at once, as a crash of it would, with everything that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """Switch the board off and let the next one have its flash. May be called twice."""
        self._control.close()
        if hasattr(self, "link"):
            self.link.close()
        if self._process.returncode is None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_SECONDS)
            # What it started ends with it, even where it was killed itself: they are its group,
            # whose number is not given to others while one of them lives.
            self.kill()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _ask(self, message: Mapping[str, Any], line: socket.socket | None = None) -> Counts:
        try:
            self._control.send(message, line)
            answer, _ = self._control.receive(_SECONDS)
            if "error" in answer:
                raise Gone(answer["error"])
        except Gone as error:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
            raise LinkFailed(
                "The emulator's process has ended",
                evidence=f"{error}; exit status {self._process.poll()}",
                next_step="Repeat the command: it starts another, with the same flash",
                code=10,
            ) from None
        return Counts(**{**answer, "faults": tuple(answer["faults"])})


def _if_it_ends(faults: Faults) -> tuple[str, str]:
    """Why an emulated board's line may close, and what to do then."""
    if not faults.cut:
        return "the emulated board lost its power or its process", "Repeat the command"
    return (
        f"the power of the emulated board failed, as asked for (cut={faults.cut})",
        f"Leave cut={faults.cut} out of the address, and repeat the command",
    )


def _checked(engine: str, faults: Faults) -> Board:
    if engine not in BOARDS:
        raise UsageError(
            f"There is no engine {engine[:40]!r}", evidence=f"known: {', '.join(BOARDS)}", code=37
        )
    if engine == "qemu":
        if faults != Faults(seed=faults.seed):
            _refuse_faults(engine)
        if shutil.which(PROGRAM) is None:
            raise NoDevice(
                "QEMU is not installed",
                evidence=f"there is no program {PROGRAM}",
                next_step="Install it (Debian, Ubuntu: sudo apt-get install qemu-system-arm), or "
                "use the other engine: emu:mcu",
                code=3,
            )
    else:
        _need_unicorn()
    return board(BOARDS[engine])


def _need_unicorn() -> None:
    from importlib.util import find_spec

    if find_spec("unicorn") is None:
        raise MissingExtra("unicorn", "emulator")


def _refuse_faults(engine: str) -> None:
    if engine == "qemu":
        raise UsageError(
            "The faults of a board need the engine unicorn",
            evidence="QEMU writes its flash by itself, where nothing can be cut or counted",
            next_step="Leave engine=qemu away",
            code=38,
        )
