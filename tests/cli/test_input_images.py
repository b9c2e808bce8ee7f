"""Inputs from pictures: laid out as the model's input is, and never resized."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgesdk.tensors import Quantisation, TensorSpec

from .reading import read, refused


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """4 wide, 2 high, red rising to the right and green downwards."""
    from PIL import Image

    pixels = np.zeros((2, 4, 3), np.uint8)
    pixels[..., 0] = np.arange(4) * 10
    pixels[..., 1] = np.arange(2)[:, None] * 100
    Image.fromarray(pixels).save(tmp_path / "x.png")
    return tmp_path / "x.png"


@pytest.mark.parametrize(
    ("shape", "at"),
    [
        ((2, 4, 3), (1, 3, 0)),
        ((1, 2, 4, 3), (0, 1, 3, 0)),
        (("batch", 3, 2, 4), (0, 0, 1, 3)),
        ((3, "h", "w"), (0, 1, 3)),
    ],
)
def test_pictures_are_laid_out_as_the_input_is(
    picture: Path, shape: tuple[int | str, ...], at: tuple[int, ...]
) -> None:
    array, _ = read(picture, TensorSpec("x", "uint8", shape))
    assert array[at] == 30
    assert array.ndim == len(shape)


def test_grey_float_and_quantised_pictures(picture: Path) -> None:
    grey, _ = read(picture, TensorSpec("x", "uint8", (2, 4)))
    assert grey.shape == (2, 4)
    reals, notes = read(picture, TensorSpec("x", "float32", (2, 4, 3)))
    assert reals[1, 0, 1] == np.float32(100 / 255)
    assert "scaled to 0..1" in notes[0]
    how = Quantisation((1 / 255,), (-128,))
    stored, _ = read(picture, TensorSpec("x", "int8", (2, 4, 3), quantisation=how))
    assert stored[1, 3].tolist() == [30 - 128, 100 - 128, -128]


@pytest.mark.parametrize("shape", [(4, 2, 3), (10,), (2, 4, 2), (5, 2, 4, 3)])
def test_a_picture_is_never_resized(picture: Path, shape: tuple[int, ...]) -> None:
    refused(picture, TensorSpec("x", "uint8", shape), "EDGE-0225")


def test_a_gif_by_another_name_is_refused(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("L", (2, 2)).save(tmp_path / "x.gif")
    (tmp_path / "x.gif").rename(tmp_path / "x.png")
    refused(tmp_path / "x.png", TensorSpec("x", "uint8", (2, 2)), "EDGE-0223")
