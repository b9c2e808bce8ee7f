"""The manifest: what a bundle says about itself, and the only thing that is signed.

``docs/bundle-format.md`` is the specification and ``manifest.schema.json`` the schema; this file
is the same in Python's words. ``encode`` and ``decode`` raise ``FormatRefused`` and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import index
from typing import Any

from ..errors import FormatRefused
from ..tensors import Quantisation, TensorSpec
from . import rules, strict_json

FORMAT = 1


@dataclass(frozen=True)
class Part:
    """One file inside a bundle. ``size`` is in bytes, ``sha256`` in lower-case hex.

    Roles: ``model`` (what the engine loads), ``golden`` (the golden vectors); backends add theirs.
    """

    name: str
    role: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Tolerance:
    """How near the device's answers must be: |got - want| <= atol + rtol * |want|.

    Both 0: equal to the bit. ``atol`` is in the output's own unit.
    """

    rtol: float = 0.0
    atol: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether answers must be equal to the bit."""
        return self.rtol == 0.0 and self.atol == 0.0


@dataclass(frozen=True)
class Golden:
    """The golden vectors: the part that holds them, how many, how near, and who computed them."""

    part: str
    vectors: int
    tolerance: Tolerance
    executor: str


@dataclass(frozen=True)
class Requirements:
    """What a device must have.

    ``memory``: bytes by kind (``ram``, ``storage``, ``flash``, ``bram``, ...). ``operators``: for
    example ``ai.onnx:Add:14`` or ``tflite:CONV_2D:3``. ``runtime``: PEP 440 ranges by component,
    for example ``{"onnxruntime": ">=1.17"}``. ``firmware``: a PEP 440 range, or empty.
    """

    memory: Mapping[str, int] = field(default_factory=dict)
    operators: tuple[str, ...] = ()
    runtime: Mapping[str, str] = field(default_factory=dict)
    firmware: str = ""


@dataclass(frozen=True)
class Provenance:
    """Where the parts came from. ``options`` are the compile options, as text."""

    source: str
    source_sha256: str
    compiler: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """Everything a bundle says about itself.

    ``security_counter`` only ever rises on a device; ``version`` is for people. ``frontend`` is the
    feature front end between the inputs and the model, or None.
    """

    name: str
    version: str
    security_counter: int
    target: str
    requirements: Requirements
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    parts: tuple[Part, ...]
    golden: Golden
    provenance: Provenance
    frontend: Mapping[str, Any] | None = None

    def part(self, role: str) -> Part:
        """The first part of a role. Raises ``KeyError`` when there is none."""
        for part in self.parts:
            if part.role == role:
                return part
        raise KeyError(role)


def encode(manifest: Manifest) -> bytes:
    """The bytes that are signed. Raises ``FormatRefused`` where ``decode`` would refuse them."""
    data = _canonical(manifest)
    decode(data)
    return data


def decode(data: bytes) -> Manifest:
    """The manifest from its bytes; call it only once their signature holds.

    Raises ``FormatRefused``: EDGE-0812 (too large), 0813 (not JSON, or not the one encoding of
    it), 0814 (not as the schema says), 0815 (contradicts itself or the limits), 0819 (a newer
    format).
    """
    manifest = from_json(strict_json.parse(data))
    rules.check(manifest)
    if _canonical(manifest) != data:
        raise FormatRefused(
            "The manifest is not in its one encoding",
            evidence="written again it has other bytes: spaces, order, escapes or number format",
            next_step="Compile the bundle again",
            code=13,
        )
    return manifest


def _canonical(manifest: Manifest) -> bytes:
    try:
        document = as_json(manifest)
    except (TypeError, ValueError, OverflowError) as error:
        raise FormatRefused(
            "The manifest holds a value of a wrong type", evidence=str(error)[:200], code=14
        ) from None
    return strict_json.canonical(document)


def as_json(manifest: Manifest) -> dict[str, Any]:
    """The manifest as the JSON object of the specification.

    Whole numbers come out as ``int`` and real ones as ``float``, whatever numpy made of them.
    """
    m = manifest
    document: dict[str, Any] = {
        "format": FORMAT,
        "name": m.name,
        "version": m.version,
        "security_counter": index(m.security_counter),
        "target": m.target,
        "requirements": {
            "memory": {kind: index(size) for kind, size in m.requirements.memory.items()},
            "operators": list(m.requirements.operators),
            "runtime": dict(m.requirements.runtime),
            "firmware": m.requirements.firmware,
        },
        "inputs": [_spec_as_json(s) for s in m.inputs],
        "outputs": [_spec_as_json(s) for s in m.outputs],
        "parts": [
            {"name": p.name, "role": p.role, "size": index(p.size), "sha256": p.sha256}
            for p in m.parts
        ],
        "golden": {
            "part": m.golden.part,
            "vectors": index(m.golden.vectors),
            "tolerance": {
                "rtol": float(m.golden.tolerance.rtol),
                "atol": float(m.golden.tolerance.atol),
            },
            "executor": m.golden.executor,
        },
        "provenance": {
            "source": m.provenance.source,
            "source_sha256": m.provenance.source_sha256,
            "compiler": m.provenance.compiler,
            "options": dict(m.provenance.options),
        },
    }
    if m.frontend is not None:
        document["frontend"] = dict(m.frontend)
    return document


def from_json(document: Mapping[str, Any]) -> Manifest:
    """A manifest from a JSON object that the schema has accepted already."""
    needs, golden, origin = document["requirements"], document["golden"], document["provenance"]
    return Manifest(
        name=document["name"],
        version=document["version"],
        security_counter=document["security_counter"],
        target=document["target"],
        requirements=Requirements(
            dict(needs["memory"]),
            tuple(needs["operators"]),
            dict(needs["runtime"]),
            needs["firmware"],
        ),
        inputs=tuple(_spec_from_json(s) for s in document["inputs"]),
        outputs=tuple(_spec_from_json(s) for s in document["outputs"]),
        parts=tuple(Part(**p) for p in document["parts"]),
        golden=Golden(
            golden["part"], golden["vectors"], Tolerance(**golden["tolerance"]), golden["executor"]
        ),
        provenance=Provenance(**origin),
        frontend=document.get("frontend"),
    )


def _spec_as_json(spec: TensorSpec) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": spec.name,
        "dtype": spec.dtype,
        "shape": [axis if isinstance(axis, str) else index(axis) for axis in spec.shape],
        "units": spec.units,
        "labels": list(spec.labels),
    }
    if spec.quantisation is not None:
        q = spec.quantisation
        document["quantisation"] = {
            "scales": [float(scale) for scale in q.scales],
            "zero_points": [index(zero) for zero in q.zero_points],
            "axis": None if q.axis is None else index(q.axis),
        }
    return document


def _spec_from_json(document: Mapping[str, Any]) -> TensorSpec:
    q = document.get("quantisation")
    return TensorSpec(
        name=document["name"],
        dtype=document["dtype"],
        shape=tuple(document["shape"]),
        units=document["units"],
        quantisation=Quantisation(tuple(q["scales"]), tuple(q["zero_points"]), q["axis"])
        if q
        else None,
        labels=tuple(document["labels"]),
    )
