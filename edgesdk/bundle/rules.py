"""What must be true of a manifest beyond its schema. Each rule yields what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..errors import FormatRefused
from ..tensors import TensorSpec
from ..version_range import is_range
from . import limits

if TYPE_CHECKING:
    from .manifest import Manifest

MANIFEST_NAME = "manifest.json"
SIGNATURE_NAME = "manifest.sig"

# Names that Windows gives to devices, whatever follows the first dot.
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?")


def check(manifest: Manifest) -> None:
    """Raise ``FormatRefused`` (EDGE-0815) for the first rule that is broken."""
    for rule in (_parts, _part_names, _golden, _requirements, _tensors):
        for problem in rule(manifest):
            raise FormatRefused(
                "The manifest contradicts itself or the limits",
                evidence=problem,
                next_step="Compile the bundle again",
                code=15,
            )


def _parts(manifest: Manifest) -> Iterator[str]:
    total = sum(part.size for part in manifest.parts)
    if total > limits.ARCHIVE:
        yield f"the parts have {total} bytes together; at most {limits.ARCHIVE} are allowed"


def _part_names(manifest: Manifest) -> Iterator[str]:
    """Names that every file system keeps apart; the schema allows lower case only."""
    names = [part.name for part in manifest.parts]
    yield from (f"two parts are named {name!r}" for name in _repeated(names))
    for name in names:
        if name in {MANIFEST_NAME, SIGNATURE_NAME}:
            yield f"a part may not be named {name!r}"
        if ".." in name or name.endswith(".") or _DEVICE.fullmatch(name):
            yield f"{name!r} is not a file name on every system"


def _golden(manifest: Manifest) -> Iterator[str]:
    golden = [part.name for part in manifest.parts if part.role == "golden"]
    if golden != [manifest.golden.part]:
        yield f"golden vectors are in {manifest.golden.part!r}, parts of that role: {golden}"


def _requirements(manifest: Manifest) -> Iterator[str]:
    needs = manifest.requirements
    for component, versions in [*needs.runtime.items(), ("firmware", needs.firmware)]:
        if not is_range(versions):
            yield f"{versions!r} is not a range of versions of {component}"
    yield from (f"the operator {name!r} is listed twice" for name in _repeated(needs.operators))


def _tensors(manifest: Manifest) -> Iterator[str]:
    for kind, specs in (("inputs", manifest.inputs), ("outputs", manifest.outputs)):
        yield from (f"two {kind} are named {n!r}" for n in _repeated(s.name for s in specs))
        for spec in specs:
            yield from (f"{kind}: {spec.name!r} {problem}" for problem in _tensor(spec))


def _tensor(spec: TensorSpec) -> Iterator[str]:
    last = spec.shape[-1] if spec.shape else 1
    if spec.labels and isinstance(last, int) and last != len(spec.labels):
        yield f"has {len(spec.labels)} labels for {last} entries"
    if spec.quantisation is None:
        return
    scales, axis = len(spec.quantisation.scales), spec.quantisation.axis
    if scales != len(spec.quantisation.zero_points):
        yield "has another number of scales than of zero points"
    if axis is None and scales != 1:
        yield f"has {scales} scales and no axis"
    if axis is not None and axis >= len(spec.shape):
        yield f"is quantised along axis {axis} of {len(spec.shape)}"


def _repeated(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
