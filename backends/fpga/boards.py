"""What is known of the boards that models are compiled for: ``boards/*.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from edgesdk import toml
from edgesdk.errors import UsageError

PREFIX = "fpga:"
DEFAULT = "kv260"


@dataclass(frozen=True)
class Board:
    """``part``: how the name of its part begins; ``maxima``: of the accelerator as it is built for
    the board; ``memory``: bytes that an emulated one has for it."""

    name: str
    description: str
    part: str
    memory: int
    maxima: dict[str, int]

    @property
    def target(self) -> str:
        """What bundles for it say."""
        return PREFIX + self.name


@cache
def read_board(name: str) -> Board:
    """A board. Raises ``UsageError`` (EDGE-02182) for an unknown one."""
    known = {path.stem: path for path in (Path(__file__).parent / "boards").glob("*.toml")}
    if name not in known:
        raise UsageError(
            f"There is no FPGA board {name[:40]!r}",
            evidence=f"known: {', '.join(sorted(known))}",
            next_step="Compile for --target " + PREFIX + DEFAULT,
            code=182,
        )
    found = toml.document(known[name], known[name].read_text(encoding="utf-8"))
    memory = found["memory"] << 20
    return Board(name, found["description"], found["part"], memory, found["maxima"])
