"""The models that the cases deploy: two variants of each have answers that differ.

Packages that write models are imported where one is written: not every environment has all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edgesdk.backend import Arrays
from edgesdk.decoder.reference import Reference
from edgesdk.formats import read_source

X = np.arange(6, dtype=np.float32).reshape(2, 3)
INT8 = np.arange(6, dtype=np.int8).reshape(2, 3)
PROMPT = np.array([1, 5, 2], dtype=np.int32)

# Models whose continuation of the prompt above is decided clearly: by a tenth of the logits'
# standard deviation at each token, where roundings make a fiftieth.
_CLEAR_SEEDS = {2: 22, 3: 29, 4: 34}


def scale_onnx(folder: Path, factor: int) -> Path:
    """y = factor * x, float32[2, 3]."""
    from tests.models.onnx_models import scale

    return scale(folder / f"scale-{factor}.onnx", factor, X.shape)


def tflite(folder: Path, factor: int) -> Path:
    """y = factor * x, float32[2, 3]."""
    from tests.models.tflite_scale import scale_tflite

    path = folder / f"scale-{factor}.tflite"
    path.write_bytes(scale_tflite(factor))
    return path


def int8_tflite(folder: Path, factor: int) -> Path:
    """y = factor * x, int8[2, 3]."""
    from tests.models.tflite_scale_int8 import scale_int8_tflite

    path = folder / f"scale-{factor}.tflite"
    path.write_bytes(scale_int8_tflite(factor))
    return path


def scaled(factor: int) -> Arrays:
    """What the float models make of ``X``."""
    return {"y": factor * X}


def scaled_int8(factor: int) -> Arrays:
    """What the int8 model makes of ``INT8``."""
    return {"y": (factor * INT8).astype(np.int8)}


def llama2c(folder: Path, variant: int) -> Path:
    """A decoder with float weights, in llama2.c's layout."""
    from tests.models.llama2c_random import random_llama2c

    path = folder / f"decoder-{variant}.bin"
    path.write_bytes(random_llama2c(seed=variant))
    return path


def bitnet(folder: Path, variant: int) -> Path:
    """A decoder with ternary weights, as a Hugging Face folder."""
    from tests.models.bitnet_random import random_bitnet

    return random_bitnet(folder / f"bitnet-{variant}", seed=_CLEAR_SEEDS[variant])


@cache
def continuation(write: Callable[[Path, int], Path], variant: int) -> Arrays:
    """What the numpy reference finds likeliest after ``PROMPT``, token by token."""
    with TemporaryDirectory() as folder:
        model = read_source(write(Path(folder), variant)).decoder
        assert model is not None
        reference = Reference(model)
        logits, found = reference.prefill(PROMPT), []
        for _ in range(16):
            found.append(int(logits.argmax()))
            logits = reference.decode(found[-1])
    return {"continuation": np.array(found, np.int32)}
