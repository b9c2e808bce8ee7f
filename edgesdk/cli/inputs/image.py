"""Pictures from .png and .jpg files, laid out as the model's input is. Needs Pillow."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import MissingExtra, UsageError
from ...tensors import Array, TensorSpec
from .array import read_bytes, unreadable

Note = Callable[[str], None]
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_MOST_PIXELS = 1 << 26  # where the model leaves the size open
Axis = int | None


@dataclass(frozen=True)
class Layout:
    """How an input holds a picture; ``channels`` 0 where it has no such axis, sizes None: open."""

    height: Axis
    width: Axis
    channels: int
    channels_first: bool = False

    def takes(self, width: int, height: int) -> bool:
        """Whether a picture of this size fits."""
        return self.height in {height, None} and self.width in {width, None}


def read_image(path: Path, spec: TensorSpec, note: Note) -> Array:
    """A picture as uint8 (raw) or float32 in 0..1, shaped [height, width(, channels)] or channels
    first, as the input's shape says. The size must be the model's; nothing is resized.

    Raises ``UsageError`` (EDGE-0225), ``MissingExtra``.
    """
    layout, pixels = _decode(path, spec, _layouts(spec))
    if layout.channels_first:
        pixels = np.ascontiguousarray(pixels.transpose(2, 0, 1))
    elif layout.channels == 0:
        pixels = pixels[:, :, 0]
    if spec.dtype == "uint8":
        return pixels
    note(f"{path.name}: pixels 0..255 are scaled to 0..1")
    scaled: Array = (pixels / np.float32(255)).astype(np.float32)
    return scaled


def _layouts(spec: TensorSpec) -> list[Layout]:
    """The layouts that a shape may mean, the likelier first."""
    axes: list[Axis] = [axis if isinstance(axis, int) else None for axis in spec.shape]
    if len(axes) == 4 and axes[0] in {1, None}:
        axes = axes[1:]
    found = []
    if len(axes) == 3 and axes[2] in _MODES:
        found.append(Layout(axes[0], axes[1], axes[2] or 0))
    if len(axes) == 3 and axes[0] in _MODES:
        found.append(Layout(axes[1], axes[2], axes[0] or 0, channels_first=True))
    if len(axes) == 2:
        found.append(Layout(axes[0], axes[1], 0))
    if found:
        return found
    raise UsageError(
        f"Input {spec.name!r} ({spec.describe()}) is not shaped like a picture",
        evidence="pictures are [height, width], with 1, 3 or 4 channels first or last",
        next_step="Give a .npy file instead",
        code=25,
    )


def _decode(path: Path, spec: TensorSpec, layouts: list[Layout]) -> tuple[Layout, Array]:
    """The first layout that takes the picture, and its pixels: uint8[height, width, channels]."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise MissingExtra("pillow", "media") from None
    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(read_bytes(path)), formats=("PNG", "JPEG")) as image:
            layout = _chosen(path, spec, layouts, *image.size)
            pixels = np.asarray(image.convert(_MODES[layout.channels or 1]))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, *bombs) as error:
        raise unreadable(path, error) from None
    return layout, pixels.reshape(*pixels.shape[:2], layout.channels or 1)


def _chosen(path: Path, spec: TensorSpec, layouts: list[Layout], width: int, height: int) -> Layout:
    """Chosen by the size in the file's header, before anything is decoded."""
    for layout in layouts:
        if layout.takes(width, height) and width * height <= _MOST_PIXELS:
            return layout
    want = layouts[0]
    raise UsageError(
        f"{path.name} is {width} x {height} pixels, input {spec.name!r} is {spec.describe()}",
        next_step=f"Resize it to {want.width or 'any width'} x {want.height or 'any height'} first",
        code=25,
    )
