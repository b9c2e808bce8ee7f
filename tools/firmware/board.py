"""A board's description, and what the C sources and the linker need of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgesdk import toml

ROOT = Path(__file__).parent.parent.parent
BOARDS = ROOT / "backends" / "mcu" / "boards"
TEMPLATE = ROOT / "firmware" / "boards" / "common" / "image.ld.in"
HEADER = 0x200  # bytes of an image's header before an application's vectors
STACK = 16 * 1024  # bytes that must remain for it


@dataclass(frozen=True)
class Board:
    """``description`` is the content of ``backends/mcu/boards/NAME.toml``."""

    name: str
    description: Mapping[str, Any]

    @property
    def layout(self) -> Mapping[str, Any]:
        """Where things are."""
        return self.description["layout"]

    def header(self, version: str) -> str:
        """``board_data.h``: the numbers as C macros."""
        numbers = self._flash() | self._slots() | self._memory()
        texts = {
            "EDGE_BOARD": self.name,
            "EDGE_TARGET": self.description["target"],
            "EDGE_FIRMWARE_VERSION": version,
        }
        lines = [f"#define {name} 0x{value:08X}u" for name, value in numbers.items()]
        lines += [f'#define {name} "{text}"' for name, text in texts.items()]
        return "\n".join([f"/* From backends/mcu/boards/{self.name}.toml. */", *lines, ""])

    def script(self, stage: str) -> str:
        """The linker script of the boot stage or the application."""
        load, ram, boot = self.layout["load"], self.layout["boot_ram"], self.layout["boot"]
        end = load["address"] + load["size"]
        values = {
            "CODE_ORIGIN": boot["address"],
            "CODE_LENGTH": boot["size"],
            "DATA_ORIGIN": ram["address"],
            "DATA_LENGTH": ram["size"],
            "STACK": STACK,
        }
        if stage == "app":
            values["CODE_ORIGIN"] = load["address"] + HEADER
            values["CODE_LENGTH"] = load["size"] - HEADER
            values["DATA_ORIGIN"] = end
            values["DATA_LENGTH"] = self.layout["retained"]["address"] - end
        texts = {name: hex(value) for name, value in values.items()}
        texts["DATA_REGION"] = "CODE" if stage == "app" else "DATA"
        return re.sub(r"@(\w+)@", lambda found: texts[found[1]], TEMPLATE.read_text())

    def zeroed(self, stage: str) -> int:
        """The address from which on memory is not stored in the image."""
        load, ram = self.layout["load"], self.layout["boot_ram"]
        return load["address"] + load["size"] if stage == "app" else ram["address"]

    def _flash(self) -> dict[str, int]:
        flash = self.description["flash"]
        return {
            "EDGE_CLOCK_HZ": self.description["clock_hz"],
            "EDGE_SERIAL_INTERRUPT": self.description["serial_interrupt"],
            "EDGE_WATCHDOG_SECONDS": self.description["watchdog_seconds"],
            "EDGE_FLASH_BASE": flash["base"],
            "EDGE_FLASH_BYTES": flash["size"],
            "EDGE_FLASH_PAGE": flash["page"],
        }

    def _slots(self) -> dict[str, int]:
        numbers = {f"EDGE_RECORD_{i}": offset for i, offset in enumerate(self.layout["record"])}
        for name in ("firmware", "model"):
            slot = self.layout[name]
            for i, offset in enumerate(slot["offset"]):
                numbers[f"EDGE_{name.upper()}_{i}"] = offset
            numbers[f"EDGE_{name.upper()}_BYTES"] = slot["size"]
        return numbers

    def _memory(self) -> dict[str, int]:
        layout = self.layout
        return {
            "EDGE_BOOT_ADDRESS": layout["boot"]["address"],
            "EDGE_BOOT_BYTES": layout["boot"]["size"],
            "EDGE_LOAD_ADDRESS": layout["load"]["address"],
            "EDGE_LOAD_BYTES": layout["load"]["size"],
            "EDGE_RETAINED": layout["retained"]["address"],
        }


def boards() -> list[Board]:
    """Every board that there is a description of."""
    return [Board(p.stem, toml.loads(p.read_text())) for p in sorted(BOARDS.glob("*.toml"))]
