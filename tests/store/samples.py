"""Small signed models, and a deploy driven in the protocol's order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from edgesdk.bundle import Golden, Manifest, Part, Provenance, Requirements, SignedManifest
from edgesdk.bundle import Tolerance as Near
from edgesdk.bundle.manifest import encode
from edgesdk.bundle.signed import sign
from edgesdk.bundle.signing import SigningKey
from edgesdk.store import ModelStore
from edgesdk.tensors import TensorSpec

KEY = SigningKey.from_seed(bytes(range(32)))
OTHER_KEY = SigningKey.from_seed(bytes(range(1, 33)))
NAME = "clock"


@dataclass(frozen=True, eq=False)
class Sample:
    """A signed manifest and the content of its parts."""

    signed: SignedManifest
    contents: dict[str, bytes]

    @property
    def manifest(self) -> Manifest:
        return self.signed.manifest

    @property
    def version(self) -> str:
        return self.manifest.version


def sample(
    major: int,
    counter: int = 1,
    *,
    name: str = NAME,
    size: int = 300,
    key: SigningKey = KEY,
    extra: tuple[str, ...] = (),
) -> Sample:
    """Version ``major``.0.0, whose parts differ in every byte from those of other versions."""
    names = ("model.bin", "golden.npz", *extra)
    contents = {n: bytes([major + i]) * (size + i) for i, n in enumerate(names)}
    roles = ("model", "golden", *("data" for _ in extra))
    manifest = Manifest(
        name=name,
        version=f"{major}.0.0",
        security_counter=counter,
        target="cpu",
        requirements=Requirements(),
        inputs=(TensorSpec("x", "float32", (1,)),),
        outputs=(TensorSpec("y", "float32", (1,)),),
        parts=tuple(
            Part(n, role, len(contents[n]), hashlib.sha256(contents[n]).hexdigest())
            for n, role in zip(names, roles, strict=True)
        ),
        golden=Golden("golden.npz", 1, Near(), "by hand"),
        provenance=Provenance("none", hashlib.sha256(b"").hexdigest(), "tests"),
    )
    data = encode(manifest)
    return Sample(SignedManifest.verified(data, sign(data, key), None), contents)


def silent(done: int) -> None:
    """Progress that nobody looks at."""


def fill(store: ModelStore, new: Sample, progress: Callable[[int], None] = silent) -> None:
    """Begin, and stage every part."""
    store.begin(new.signed)
    for part in new.manifest.parts:
        digest = store.stage(part, BytesIO(new.contents[part.name]), progress)
        assert digest == part.sha256


def deploy(store: ModelStore, new: Sample) -> None:
    """What ``edgesdk.deploy`` does with a device, without the trial's engine."""
    try:
        fill(store, new)
        assert store.staged().manifest == new.manifest
        store.confirm()
    except BaseException:
        store.revert()
        raise


def serves(store: ModelStore, want: Sample) -> bool:
    """Whether the store serves exactly that model, to the byte."""
    model = store.active(want.manifest.name)
    return model.manifest == want.manifest and all(
        model.read(part) == want.contents[part.name] == model.path(part).read_bytes()
        for part in want.manifest.parts
    )


def slot(store: ModelStore) -> Path:
    """Where the active model lies."""
    return store.active(NAME, verify=False).folder


def state(store: ModelStore) -> Path:
    """The file that says which slot is active."""
    return store.root / "models" / NAME / "state.json"
