"""Draw docs/figures/first-deploy.svg: a terminal that shows what these commands really print.

    python tools/make_figure.py

The commands run in a folder of their own, with keys and devices of their own. A test runs those
that the figure shows again, and compares what they print.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).parents[1]
FIGURE = ROOT / "docs" / "figures" / "first-deploy.svg"
# Before the first picture: what the commands read.
BEFORE = (
    "python tools/synthesise_sounds.py sounds",
    "edgesdk devices --device emu:mcu",  # makes the board and the key
)
# (what a narrator says, the command)
SHOWN = (
    (
        "compile for a Cortex-M33: planned to the byte, golden vectors from LiteRT, signed",
        "edgesdk compile models/sound/sound_int8.tflite --target mcu:cortex-m33"
        " --samples sounds/rain.wav -o sound.edge",
    ),
    (
        "deploy to an emulated nRF5340: it commits only after it has answered the golden vectors",
        "edgesdk deploy sound.edge --device emu:mcu",
    ),
    ("run", "edgesdk run sound --device emu:mcu --input sounds/rain.wav"),
    (
        "a new version; the power fails in the middle of its update ...",
        "edgesdk compile models/sound/sound_int8.tflite --target mcu:cortex-m33"
        " --samples sounds/sea_waves.wav --version 1.1.0 -o newer.edge --quiet",
    ),
    (
        "",
        "edgesdk deploy newer.edge --device 'emu:mcu?cut=4000&tear=noise'",
    ),
    (
        "... and the old model still answers",
        "edgesdk run sound --device emu:mcu --input sounds/rooster.wav",
    ),
)
COLUMNS = 96
_CHARACTER, _LINE, _EDGE, _BAR = 8.0, 19.0, 18.0, 34.0  # pixels
_COLOURS = {
    "told": "#6cb6ff", "command": "#ffffff", "out": "#adbac7", "error": "#ff938a",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of the terminal. ``kind`` is a key of the colours; ``more``: the line before it goes
    on here."""

    kind: str
    text: str
    more: bool = False


def main() -> None:
    """Run the commands, and draw."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for name in ("models", "tools"):
            (here / name).symlink_to(ROOT / name)
        for command in BEFORE:
            _run(command, here)
        lines = [line for told, command in SHOWN for line in _played(told, command, here)]
    FIGURE.write_text(drawn(lines[:-1]), encoding="utf-8")


def _played(told: str, command: str, here: Path) -> Iterator[Line]:
    """A command, and what it printed."""
    if told:
        yield Line("told", f"# {told}")
    yield from _wrapped("command", f"$ {command}")
    for text in _run(command, here).splitlines():
        yield from _wrapped("error" if text.startswith("error:") else "out", text)
    yield Line("out", "")


def _wrapped(kind: str, text: str) -> Iterator[Line]:
    """A line, cut where a terminal would cut it; a command goes on behind a backslash."""
    width = {"width": COLUMNS - 2, "break_long_words": False, "break_on_hyphens": False}
    pieces = textwrap.wrap(text, **width, drop_whitespace=False) or [""]  # type: ignore[arg-type]
    if kind == "command":
        pieces = [f"{piece.rstrip()} \\" for piece in pieces[:-1]] + pieces[-1:]
    yield Line(kind, pieces[0])
    yield from (Line(kind, piece, more=True) for piece in pieces[1:])


def _run(command: str, here: Path) -> str:
    """What a command prints, on both streams, in a home of its own."""
    own = {f"EDGESDK_{n}": str(here / n.lower()) for n in ("CONFIG", "STORE", "STATE")}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=here,
        env={**os.environ, **own, "PATH": path, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    return done.stdout


def drawn(lines: list[Line]) -> str:
    """The terminal as SVG: dark on any page, every column in its place with any font."""
    width = COLUMNS * _CHARACTER + 2 * _EDGE
    height = len(lines) * _LINE + _BAR + _EDGE
    rows = "\n".join(_row(number, line) for number, line in enumerate(lines) if line.text)
    dots = "".join(f'<circle cx="{22 + 18 * i}" cy="17" r="5.5" fill="#444c56"/>' for i in range(3))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img">\n'
        "<title>A model is deployed to a microcontroller, and survives a cut of power</title>\n"
        "<style>text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "
        "'DejaVu Sans Mono', monospace; white-space: pre; }</style>\n"
        f'<rect x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="8" '
        f'fill="#0d1117" stroke="#444c56"/>\n{dots}\n{rows}\n</svg>\n'
    )


def _row(number: int, line: Line) -> str:
    """One line of text, as wide as its characters."""
    text = line.text.rstrip()
    y = _BAR + (number + 0.75) * _LINE
    kind = f"{line.kind} more" if line.more else line.kind
    return (
        f'<text class="{kind}" x="{_EDGE:g}" y="{y:g}" fill="{_COLOURS[line.kind]}" '
        f'textLength="{len(text) * _CHARACTER:g}" lengthAdjust="spacingAndGlyphs" '
        f'xml:space="preserve">{escape(text)}</text>'
    )


if __name__ == "__main__":
    main()
