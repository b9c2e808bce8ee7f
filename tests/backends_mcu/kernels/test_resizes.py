"""Resizing images, against LiteRT's reference kernels to the bit."""

from __future__ import annotations

import pytest

from tests.backends_mcu.kernels.networks import (
    Spec,
    constant,
    examples,
    network,
    numbers,
    shape,
)
from tests.backends_mcu.oracle import check_model


@pytest.mark.parametrize(("corners", "half"), [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("kind", ["RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR"])
def test_resizes(kind: str, corners: bool, half: bool) -> None:
    for chance in examples(40):
        batches, height, width, channels = shape(chance, 4, 7)
        size = [int(n) for n in chance.integers(1, 15, 2)]
        source = Spec((batches, height, width, channels), "int8", 0.5, 3)
        target = Spec((batches, *size, channels), "int8", 0.5, 3)
        name = kind.title().replace("_", "") + "Options"
        options = (name, {"alignCorners": corners, "halfPixelCenters": half})
        content = network(kind, [source, constant(size)], [target], options, version=3)
        check_model(content, [numbers(chance, source)])
