"""Reading one input from a file, and what it may be refused for."""

from __future__ import annotations

import pytest

from edgesdk.cli.inputs import read_inputs
from edgesdk.errors import EdgeError, UsageError
from edgesdk.tensors import Array, TensorSpec

SOUND = TensorSpec("audio", "float32", (1, 8), "samples at 16000 Hz")
SOUND16 = TensorSpec("audio", "int16", (1, 8), "samples at 16000 Hz")


def read(path: object, spec: TensorSpec) -> tuple[Array, list[str]]:
    notes: list[str] = []
    arrays = read_inputs([str(path)], [spec], notes.append)
    return arrays[spec.name], notes


def refused(path: object, spec: TensorSpec, identity: str) -> EdgeError:
    with pytest.raises(UsageError) as caught:
        read(path, spec)
    assert caught.value.id == identity
    return caught.value
