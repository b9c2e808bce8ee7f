"""Reads the hardware handoff (``.hwh``) beside a bitstream, and refuses what is not our design."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from edgesdk.errors import EdgeError, UsageError
from edgesdk.formats.files import read_whole

from ..registers import BLOCKS, Block
from ..registers.hwh import CONTROL_NAMES, register_names
from .bit_file import BitHeader, read_header

_MOST = 64 << 20  # bytes; Vivado writes one or two million
_PAGE = 4096
_ADDRESSES = 1 << 40  # that the processors of the part have
_MOST_RANGE = 1 << 30  # bytes; a window of registers, which is mapped as a whole
_BUILD = "Build a bitstream with the scripts in hls/vitis: they put both files side by side"


@dataclass(frozen=True)
class Hardware:
    """Where our block is in a design."""

    instance: str
    base: int  # address of its registers
    range: int  # bytes


def read_hardware(bitstream: Path, sha256: str = "", block: Block = BLOCKS["decoder"]) -> Hardware:
    """The design of a bitstream; ``sha256`` is what its ``.hwh`` must have, where that is known.

    Raises ``UsageError``: EDGE-02161 if there is no usable ``.hwh``, EDGE-02162 if it is that of
    another bitstream, EDGE-02163 if our block is not in it, EDGE-02164 if its registers differ.
    A bitstream without a header is left to what loads it.
    """
    path = bitstream.with_suffix(".hwh")
    content = read_handoff(path)
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise _another(path, "its SHA-256 is not the one that was signed with the bitstream")
    return checked_hardware(content, read_header(bitstream), path, block)


def read_handoff(path: Path) -> bytes:
    """A ``.hwh`` file, whole. Raises ``UsageError`` (EDGE-02161)."""
    try:
        return read_whole(path, _MOST)
    except EdgeError as error:
        raise _unreadable(path, error.evidence) from None


def checked_hardware(
    content: bytes, header: BitHeader | None, path: Path, block: Block = BLOCKS["decoder"]
) -> Hardware:
    """The design of a ``.hwh`` file's content, which is that of a bitstream with this header.

    Raises as ``read_hardware``.
    """
    root = _parsed(content, path)
    if header is not None:
        _check_pair(root, header, path)
    module = _module(root, block, path)
    difference = next(_differences(module, block), "")
    if difference:
        raise UsageError(
            "The accelerator in the bitstream has other registers than this edgesdk expects",
            evidence=f"{path.name}: {difference}",
            next_step="Build the bitstream again from this edgesdk's hls folder",
            code=164,
        )
    return _place(root, module, block, path)


def _parsed(content: bytes, path: Path) -> ElementTree.Element:
    """UTF-8 only: in another encoding the bytes of a declaration would look otherwise."""
    try:
        text = content.decode("utf-8-sig")
        if "\0" in text or "<!" in text.replace("<!--", ""):  # Vivado has no entities; bombs do
            raise _unreadable(path, "it declares XML entities, or is no text")
        # Text is not decoded again, whatever encoding its first line names.
        return ElementTree.fromstring(text)  # noqa: S314 - no entities, and of a known size
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise _unreadable(path, str(error)[:200]) from None


def _check_pair(root: ElementTree.Element, header: BitHeader, path: Path) -> None:
    """Both files say for which part they are, and what the design is called."""
    about = root.find("SYSTEMINFO")
    found = {} if about is None else about.attrib
    part = f"{found.get('DEVICE', '')}-{found.get('PACKAGE', '')}"
    if not header.part.startswith(part):
        raise _another(path, f"the bitstream is for {header.part}, it for {part}")
    name = found.get("NAME", "")
    if header.design not in (name, f"{name}_wrapper"):
        raise _another(path, f"the bitstream's design is {header.design}, its own {name}")


def _module(root: ElementTree.Element, block: Block, path: Path) -> ElementTree.Element:
    modules = [module for module in root.iter("MODULE") if module.get("INSTANCE")]
    for module in modules:
        if module.get("VLNV") == block.vlnv:
            return module
    names = ", ".join(sorted(module.get("VLNV", "?") for module in modules))
    raise UsageError(
        "The bitstream does not contain edgesdk's accelerator",
        evidence=f"{path.name} has no {block.vlnv}; it has: {names[:300] or 'nothing'}",
        next_step=_BUILD,
        code=163,
    )


def _differences(module: ElementTree.Element, block: Block) -> Iterator[str]:
    found = dict(_registers(module))
    expected = {offset: {name} for offset, name in CONTROL_NAMES.items()}
    for register in block.registers:
        for name, offset in register_names(register):
            # Vitis adds _r to a name that is a keyword of Verilog or VHDL.
            expected[offset] = {name, name.replace(register.name, f"{register.name}_r", 1)}
    for offset, names in sorted(expected.items()):
        if found.get(offset) not in names:
            name = min(names, key=len)
            yield f"{name} is expected at 0x{offset:03X}; there is {found.get(offset, 'nothing')}"
    for offset in sorted(found.keys() - expected.keys()):
        yield f"{found[offset]} at 0x{offset:03X} is not known"


def _registers(module: ElementTree.Element) -> Iterator[tuple[int, str]]:
    for register in module.iter("REGISTER"):
        for entry in register.findall("PROPERTY"):
            if entry.get("NAME") == "ADDRESS_OFFSET":
                yield _number(entry.get("VALUE", "")), register.get("NAME", "?")


def _place(
    root: ElementTree.Element, module: ElementTree.Element, block: Block, path: Path
) -> Hardware:
    name = module.get("INSTANCE", "")
    for entry in root.iter("MEMRANGE"):
        if entry.get("INSTANCE") == name and entry.get("MEMTYPE") == "REGISTER":
            base, last = (_number(entry.get(key, "")) for key in ("BASEVALUE", "HIGHVALUE"))
            size = last + 1 - base
            if base < 0 or base % _PAGE or last >= _ADDRESSES:
                raise _unreadable(path, f"{name} cannot be at {base:#x} to {last:#x}")
            if not block.range <= size <= _MOST_RANGE:
                raise _unreadable(
                    path, f"{name} has {size} bytes of addresses, and needs {block.range}"
                )
            return Hardware(name, base, size)
    raise _unreadable(path, f"it gives no address to {name}")


def _number(text: str) -> int:
    """Hexadecimal or decimal; -1 for what is neither."""
    try:
        return int(text, 0)
    except ValueError:
        return -1


def _unreadable(path: Path, reason: str) -> UsageError:
    return UsageError(
        "The hardware handoff file of the bitstream cannot be used",
        evidence=f"{path}: {reason}",
        next_step=_BUILD,
        code=161,
    )


def _another(path: Path, reason: str) -> UsageError:
    return UsageError(
        "The hardware handoff file is not that of the bitstream",
        evidence=f"{path.name}: {reason}",
        next_step=_BUILD,
        code=162,
    )
