"""The worked example of docs/bundle-format.md. Run it to print the example anew:

python -m tests.bundle.example
"""

from __future__ import annotations

import re

from edgesdk.bundle import layout

from .builders import KEY, PARTS, directory_at, document, encoded, whole


def pieces() -> list[tuple[str, bytes]]:
    """The bundle of the tests' builders, cut into its pieces, each with its title."""
    data = whole()
    sizes = {"manifest.json": len(encoded(document())), "manifest.sig": 96}
    sizes.update((name, len(content)) for name, content in PARTS.items())
    cut = []
    for member in layout.plan(sizes.items()):
        cut.append((f"{member.name}: local header", data[member.offset : member.data_offset]))
        cut.append((f"{member.name}: content", data[member.data_offset : member.end]))
    directory, end = directory_at(data), len(data) - 22
    cut.append(("central directory", data[directory:end]))
    return [*cut, ("end record", data[end:])]


def render() -> str:
    """The example as text: for each piece its title, then offset, bytes and characters."""
    lines, offset = [f"seed of the key: {bytes(range(32)).hex()}"], 0
    lines.append(f"public key:       {KEY.public.hex()}")
    for title, data in pieces():
        lines += ["", title]
        for start in range(0, len(data), 16):
            row = data[start : start + 16]
            text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
            lines.append(f"{offset + start:08x}  {row.hex(' '):47}  |{text}|")
        offset += len(data)
    return "\n".join(lines) + "\n"


def parse(text: str) -> bytes:
    """The file that a rendered example shows."""
    rows = re.findall(r"^[0-9a-f]{8}  ((?:[0-9a-f]{2} ?){1,16})", text, re.MULTILINE)
    return b"".join(bytes.fromhex(row) for row in rows)


if __name__ == "__main__":
    print(render(), end="")
