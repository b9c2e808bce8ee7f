"""Golden vectors: inputs with the outputs that a device must give before a deploy commits.

The part is an uncompressed ``.npz`` that ``numpy.load`` reads, laid out byte for byte as
``layout`` says; ``<vector>/in/<index of input>.npy`` for each input, then ``.../out/...``, vector
after vector.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from ..errors import FormatRefused
from ..tensors import Array, TensorSpec
from . import layout, limits
from .comparison import difference
from .manifest import Manifest
from .npy import decode_array, encode_array

Arrays = dict[str, Array]
V = TypeVar("V", bound=Mapping[str, Array])


def encode_vectors(
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    vectors: Sequence[tuple[Mapping[str, Array], Mapping[str, Array]]],
) -> bytes:
    """The golden part of (inputs, outputs) by name; the same vectors give the same bytes.

    Raises ``FormatRefused`` (EDGE-0817) for arrays that are not as their specs say.
    """
    try:
        if not 1 <= len(vectors) <= limits.VECTORS:
            raise ValueError(f"{len(vectors)} vectors; 1 to {limits.VECTORS} are allowed")
        members = []
        for (name, kind, spec), vector in _places(inputs, outputs, vectors):
            array = vector[kind].get(spec.name)
            if array is None:
                raise ValueError(f"{name}: no array for {spec.name!r}")
            members.append((name, encode_array(_shaped(array, spec), spec.dtype)))
        return layout.pack(members)
    except ValueError as error:
        raise _refused(error) from None


def decode_vectors(data: bytes, manifest: Manifest) -> list[tuple[Arrays, Arrays]]:
    """The vectors of a golden part: (inputs, expected outputs) by name.

    Raises ``FormatRefused`` (EDGE-0817) for anything but what ``encode_vectors`` writes for this
    manifest.
    """
    vectors: list[tuple[Arrays, Arrays]] = [({}, {}) for _ in range(manifest.golden.vectors)]
    try:
        places = list(_places(manifest.inputs, manifest.outputs, vectors))
        contents = layout.unpack(data, [name for (name, _, _), _ in places])
        for ((_, kind, spec), vector), content in zip(places, contents, strict=True):
            vector[kind][spec.name] = _shaped(decode_array(content, spec.dtype), spec)
    except ValueError as error:
        raise _refused(error) from None
    return vectors


def compare(manifest: Manifest, want: Mapping[str, Array], got: Mapping[str, Array]) -> str | None:
    """None when a device's answers to one vector are right, else a sentence that says what is not.

    Whole numbers, truth values and texts must be equal; floating-point and complex numbers equal
    to the bit, or within the manifest's tolerance where it is not exact. NaN equals NaN.
    """
    for spec in manifest.outputs:
        if spec.name not in got:
            return f"output {spec.name!r} is missing"
        problem = difference(spec, want[spec.name], got[spec.name], manifest.golden.tolerance)
        if problem:
            return f"output {spec.name!r}{problem}"
    return None


def _places(
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    vectors: Sequence[tuple[V, V]],
) -> Iterator[tuple[tuple[str, int, TensorSpec], tuple[V, V]]]:
    """Every member in order: its name, 0 for an input or 1 for an output, its spec; its vector."""
    for number, vector in enumerate(vectors):
        for kind, (folder, specs) in enumerate((("in", inputs), ("out", outputs))):
            for index, spec in enumerate(specs):
                yield (f"{number}/{folder}/{index}.npy", kind, spec), vector


def _shaped(array: Array, spec: TensorSpec) -> Array:
    """The array, when its shape is one that the spec allows. Raises ``ValueError``."""
    if not spec.allows(array.shape):
        raise ValueError(f"shape {list(array.shape)} for {spec.name!r}, which is {spec.describe()}")
    return array


def _refused(error: ValueError) -> FormatRefused:
    return FormatRefused(
        "The golden vectors are not as the manifest says",
        evidence=str(error)[:200],
        next_step="Compile the bundle again",
        code=17,
    )
