"""Which device or target somebody may have meant who typed none: messages say it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .nearest import nearest

# A port as the operating systems name it: /dev/ttyACM0, ttyUSB1, cu.usbmodem1, COM3.
_PORT = re.compile(r"/dev/\S+|(tty|cu\.)[\w.-]+|com\d{1,3}", re.IGNORECASE)
_SCHEMES = ("serial", "socket", "ssh", "pynq")
_LOGIN = re.compile(r"[\w.-]+@[\w.-]+(:\d{1,5})?")
_USUAL = {
    "cpu": "cpu:",
    "emu cpu": "cpu:",
    "mcu": "emu:mcu",
    "fpga": "emu:fpga",
    "nand": "emu:nand",
    "kv260": "pynq:",
    "pynq": "pynq:",
    "emu mcu": "emu:mcu",
    "emu fpga": "emu:fpga",
    "emu nand": "emu:nand",
}
_TARGETS = {
    "cpu": "cpu",
    "mcu": "mcu:cortex-m33",
    "cortex m33": "mcu:cortex-m33",
    "cortex m4": "mcu:cortex-m33",
    "nrf5340": "mcu:cortex-m33",
    "fpga": "fpga:kv260",
    "kv260": "fpga:kv260",
    "nand": "nand:cambricon-l",
    "cambricon l": "nand:cambricon-l",
}
TARGETS = "cpu, mcu:cortex-m33, fpga:kv260 or nand:cambricon-l"


def likely_address(text: str, known: Iterable[str] = ()) -> str:
    """An address, or a name among ``known``, that is most like what was typed; "" for none."""
    found = text.strip()
    if _PORT.fullmatch(found):
        bare = found.lower().startswith(("tty", "cu."))
        return f"serial:/dev/{found}" if bare else f"serial:{found}"
    if _LOGIN.fullmatch(found):
        return f"ssh://{found}/cpu:"
    words = {**{name: name for name in known}, **_USUAL}
    scheme, colon, rest = found.partition(":")
    close = nearest(scheme, _SCHEMES) if colon and rest else ""
    return f"{close}:{rest}" if close else words.get(nearest(_plain(found), words), "")


def likely_target(text: str) -> str:
    """The target that is most like what was typed; "" for none."""
    return _TARGETS.get(nearest(_plain(text), _TARGETS), "")


def _plain(text: str) -> str:
    """Words with single spaces between them."""
    return re.sub(r"[:\s_-]+", " ", text).strip()
