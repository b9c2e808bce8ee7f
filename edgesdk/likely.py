"""Which device or target somebody may have meant who typed none: messages say it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

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
    "npu": "emu:nand",
    "nrf5340": "emu:mcu",
    "kv260": "pynq:",
    "pynq": "pynq:",
    "emu mcu": "emu:mcu",
    "emu fpga": "emu:fpga",
    "emu nand": "emu:nand",
}
# Of this SDK's own backends; a plug-in's targets are known by what they begin with.
_TARGETS = {
    "cpu": "cpu",
    "mcu": "mcu:cortex-m33",
    "cortex m33": "mcu:cortex-m33",
    "cortex m4": "mcu:cortex-m33",
    "nrf5340": "mcu:cortex-m33",
    "fpga": "fpga:kv260",
    "kv260": "fpga:kv260",
    "nand": "nand:cambricon-l",
    "npu": "nand:cambricon-l",
    "cambricon l": "nand:cambricon-l",
}
_EXACT = 3  # letters: another word of so few has another meaning


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
    if rest and f"emu {scheme}" in _USUAL and scheme != "cpu":
        return f"emu:{scheme}"  # it is a target
    close = nearest(scheme, _SCHEMES) if colon and rest else ""
    return f"{close}:{rest}" if close not in ("", scheme) else _alike(found, words)


def likely_target(text: str, beginnings: Iterable[str]) -> str:
    """The target that is most like what was typed; "" for none.

    ``beginnings``: of all targets that somebody compiles for: ``cpu``, ``mcu:``.
    """
    known = tuple(beginnings)
    words = {word: target for word, target in _TARGETS.items() if target.startswith(known)}
    return _alike(text, {**{each.rstrip(":"): example(each) for each in known}, **words})


def example(beginning: str) -> str:
    """A target that begins so: ``mcu:cortex-m33`` for ``mcu:``."""
    usual = _TARGETS.get(beginning.rstrip(":"), "")
    return usual if usual.startswith(beginning) else beginning + "NAME" * beginning.endswith(":")


def _alike(text: str, words: Mapping[str, str]) -> str:
    """What the nearest of the words stands for."""
    plain = re.sub(r"[:\s_-]+", " ", text).strip()
    exact = words.get(plain.lower(), "")
    if exact or len(plain) <= _EXACT or "," in plain:  # a comma: several at once
        return exact
    return words.get(nearest(plain, words), "")
