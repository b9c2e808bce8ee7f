"""What is known of the boards that models are compiled for: ``boards/*.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from edgesdk import toml
from edgesdk.errors import UsageError
from edgesdk.option_values import one_of

FOLDER = Path(__file__).parent / "boards"
PREFIX = "fpga:"
DEFAULT = "kv260"


@dataclass(frozen=True)
class Board:
    """``part``: how the name of its part begins; ``maxima``: of the accelerator as it is built for
    the board; ``memory``: bytes that an emulated one has for it; ``profile``: of that design, which
    predictions take."""

    name: str
    description: str
    part: str
    memory: int
    maxima: dict[str, int]
    profile: str

    @property
    def target(self) -> str:
        """What bundles for it say."""
        return PREFIX + self.name


def board_name(text: str) -> str:
    """A reader of options: one of the boards."""
    return str(one_of(*sorted(path.stem for path in FOLDER.glob("*.toml")))(text))


@cache
def read_board(name: str) -> Board:
    """A board. Raises ``UsageError`` (EDGE-02182) for an unknown one."""
    known = {path.stem: path for path in FOLDER.glob("*.toml")}
    if name not in known:
        raise UsageError(
            f"There is no FPGA board {name[:40]!r}",
            evidence=f"known: {', '.join(sorted(known))}",
            next_step=f"Use --target {PREFIX}{DEFAULT}",
            code=182,
        )
    found = toml.document(known[name], known[name].read_text(encoding="utf-8"))
    memory = found["memory"] << 20
    return Board(
        name, found["description"], found["part"], memory, found["maxima"], found["profile"]
    )
