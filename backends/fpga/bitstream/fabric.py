"""The bitstream that a bundle carries: where it lies, and what must be known beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from edgesdk.bundle import Manifest, Part
from edgesdk.errors import DoesNotFit, FormatRefused

BITSTREAM, HANDOFF = "bitstream", "hwh"  # roles of parts
CLOCK = "clock"  # the compile option


def has_fabric(manifest: Manifest) -> bool:
    """Whether the bundle carries both parts."""
    roles = {part.role for part in manifest.parts}
    return {BITSTREAM, HANDOFF} <= roles


class Fabric:
    """The bitstream and its handoff file in a folder of their own, side by side, until ``close``.

    ``path``: of the ``.bit``. ``hwh_sha256``: what the handoff file has. ``clock``: MHz, None for
    what the design says. ``read`` gives a part's content, its hash found right. Raises
    ``DoesNotFit`` (EDGE-0932) where the files have no room, ``FormatRefused`` (EDGE-0861).
    """

    def __init__(self, manifest: Manifest, read: Callable[[Part], bytes]) -> None:
        self.clock = clock_of(manifest)
        self.hwh_sha256 = manifest.part(HANDOFF).sha256
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="edgesdk-fpga-")
        except OSError as error:
            raise _no_room(error) from None
        self.path = Path(self._folder.name, "edgesdk.bit")
        try:
            self._write(self.path, read(manifest.part(BITSTREAM)))
            self._write(self.path.with_suffix(".hwh"), read(manifest.part(HANDOFF)))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove them. Safe twice."""
        self._folder.cleanup()

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        try:
            path.write_bytes(content)
        except OSError as error:
            raise _no_room(error) from None


def _no_room(error: OSError) -> DoesNotFit:
    return DoesNotFit(
        "The bitstream of the bundle cannot be unpacked",
        evidence=f"{error.filename or 'the folder of temporary files'}: {error.strerror or error}",
        next_step="Free some space there, or let TMPDIR name another folder",
        code=32,
    )


def clock_of(manifest: Manifest) -> float | None:
    """MHz, None for what the design says. Raises ``FormatRefused`` (EDGE-0861)."""
    text = manifest.provenance.options.get(CLOCK)
    try:
        return None if text is None else float(text)
    except ValueError:
        raise FormatRefused(
            "The bundle's clock is no number",
            evidence=f"it is {text!r}"[:80],
            next_step="Compile the model again",
            code=61,
        ) from None
