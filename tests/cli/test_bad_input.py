"""Everything that a deploy may be given and must refuse: one exit code, one message, nothing lost.

Version 1.0.0 is on the device before each; after each it still answers, and a good deploy goes
through.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgesdk import UsageError
from edgesdk.bundle import Manifest, Part, read_bundle, write_bundle
from edgesdk.bundle.keys import development_key, trusted_keys
from edgesdk.bundle.signing import SigningKey, generate
from edgesdk.store.files import Files
from edgesdk_backends.cpu import fit
from tests.cli.conftest import Edge, save_scale


@dataclass(frozen=True)
class Ground:
    """Version 1.0.0 is deployed, 1.1.0 (security counter 3) is compiled."""

    edge: Edge
    home: Path
    newer: Path
    sample: Path

    def still_answers(self, factor: float = 2.0) -> bool:
        done = self.edge("run", "scale", "--device", "cpu:", "--input", self.sample, "--json")
        return bool(done.json["outputs"]["y"]["data"] == [factor * x for x in (1, 2, 4, 3)])

    def rewritten(self, key: SigningKey | None = None, **changes: Any) -> Path:
        """The newer bundle with another manifest, well signed."""
        path = self.home / "rewritten.edge"
        with read_bundle(self.newer, trusted_keys()) as bundle:
            manifest: Manifest = replace(bundle.manifest, **changes)
            parts = {p.name: bundle.read_part(p) for p in bundle.manifest.parts}
        write_bundle(path, manifest, parts, key or development_key())
        return path


@pytest.fixture
def ground(edge: Edge, bundle: Path, sample: Path, home: Path) -> Ground:
    save_scale(home / "three.onnx", 3.0)
    newer = home / "newer.edge"
    settings = ("--name", "scale", "--version", "1.1.0", "--security-counter", "3")
    compiled = edge("compile", "three.onnx", "--target", "cpu", *settings, "-o", newer)
    assert compiled.code == 0, compiled.err
    assert edge("compile", "scale.onnx", "--target", "cpu", "--security-counter", "2").code == 0
    assert edge("deploy", bundle, "--device", "cpu:").code == 0
    return Ground(edge, home, newer, sample)


def changed(ground: Ground, change: Callable[[bytearray], bytes | bytearray]) -> Path:
    path = ground.home / "changed.edge"
    path.write_bytes(change(bytearray(ground.newer.read_bytes())))
    return path


def flipped(data: bytearray) -> bytearray:
    data[300] ^= 1
    return data


def without_signature(data: bytearray) -> bytes:
    with read_bundle(Path("newer.edge"), trusted_keys()) as bundle:
        return bytes(data).replace(bundle.signed.signature, bytes(64))


def a_model_renamed(ground: Ground) -> Path:
    return (ground.home / "three.onnx").rename(ground.home / "three.edge")


def a_part_too_large(ground: Ground) -> Path:
    with read_bundle(ground.newer, trusted_keys()) as bundle:
        needs = bundle.manifest.requirements
    return ground.rewritten(requirements=replace(needs, memory={"storage": 1 << 50}))


BUNDLES: dict[str, tuple[Callable[[Ground], Path], int, str]] = {
    "truncated": (lambda g: changed(g, lambda d: d[:-100]), 8, "EDGE-0810"),
    "cut to nothing": (lambda g: changed(g, lambda d: b""), 8, "EDGE-0810"),
    "with a tail": (lambda g: changed(g, lambda d: d + b"more"), 8, "EDGE-0811"),
    "one bit flipped": (lambda g: changed(g, flipped), 8, "EDGE-0801"),
    "a model renamed": (a_model_renamed, 8, "EDGE-0802"),
    "signed again by a stranger": (lambda g: g.rewritten(key=generate()), 8, "EDGE-0804"),
    "unsigned": (lambda g: changed(g, without_signature), 8, "EDGE-0801"),
    "downgraded": (lambda g: g.rewritten(security_counter=1), 8, "EDGE-0803"),
    "oversized": (a_part_too_large, 9, "EDGE-0901"),
    "for another target": (lambda g: g.rewritten(target="mcu:cortex-m33"), 9, "EDGE-0901"),
    "missing": (lambda g: g.home / "none.edge", 2, "EDGE-02"),
    "a folder": (lambda g: g.home, 2, "EDGE-02"),
}


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bad_bundle(ground: Ground, name: str) -> None:
    make, code, identity = BUNDLES[name]
    refused = ground.edge("deploy", make(ground), "--device", "cpu:", "--json")
    assert refused.code == code, refused.err
    error = refused.json["error"]
    assert error["id"].startswith(identity)
    assert error["what"]
    assert ground.still_answers()
    assert ground.edge("deploy", ground.newer, "--device", "cpu:").code == 0
    assert ground.still_answers(3.0)


def test_a_wrong_hash_of_a_part(ground: Ground) -> None:
    with read_bundle(ground.newer, trusted_keys()) as bundle:
        first, *rest = bundle.manifest.parts
        manifest = replace(
            bundle.manifest, parts=(Part(first.name, first.role, first.size, "0" * 64), *rest)
        )
        parts = {p.name: bundle.read_part(p) for p in bundle.manifest.parts}
    with pytest.raises(UsageError, match=first.name):
        write_bundle(ground.home / "bad.edge", manifest, parts, development_key())


INPUTS = {
    "dtype": lambda: np.array([["a", "b", "c", "d"]]),
    "shape": lambda: np.zeros((2, 4), np.float32),
    "pickle": lambda: np.array([[None] * 4], object),
}


@pytest.mark.parametrize("wrong", INPUTS)
def test_a_wrong_input(ground: Ground, wrong: str) -> None:
    np.save(ground.home / "bad.npy", INPUTS[wrong](), allow_pickle=True)
    refused = ground.edge("run", "scale", "--device", "cpu:", "--input", "bad.npy")
    assert refused.code == 2
    assert "EDGE-02" in refused.err
    assert refused.out == ""
    assert ground.still_answers()


def test_a_wrong_input_name(ground: Ground) -> None:
    refused = ground.edge("run", "scale", "--device", "cpu:", "--input", f"z={ground.sample}")
    assert refused.code == 2
    assert "x" in refused.err
    assert ground.still_answers()


def test_a_missing_extra(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "onnxruntime", None)
        without.setattr(fit, "versions", dict)
        refused = ground.edge("run", "scale", "--device", "cpu:", "--input", ground.sample)
        assert refused.code == 2
        assert "EDGE-0205" in refused.err
        assert "pip install 'edgesdk[cpu]'" in refused.err
        refused = ground.edge("deploy", ground.newer, "--device", "cpu:")
        assert refused.code == 9
        assert "not installed" in refused.err
    assert ground.still_answers()


def _failing(number: int) -> Callable[..., int]:
    def fail(*arguments: object) -> int:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(
    ("method", "number", "code", "identity"),
    [
        ("write", errno.ENOSPC, 9, "EDGE-0951"),
        ("write", errno.EDQUOT, 9, "EDGE-0951"),
        ("fsync", errno.ENOSPC, 9, "EDGE-0951"),
        ("open_new", errno.EROFS, 5, "EDGE-0503"),
        ("open_lock", errno.EROFS, 5, "EDGE-0503"),
        ("mkdir", errno.EACCES, 5, "EDGE-0503"),
        ("write", errno.EIO, 5, "EDGE-0554"),
    ],
)
def test_a_disk_that_refuses(
    ground: Ground,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    number: int,
    code: int,
    identity: str,
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Files, method, _failing(number))
        refused = ground.edge("deploy", ground.newer, "--device", "cpu:", "--json")
    assert (refused.code, refused.json["error"]["id"]) == (code, identity)
    assert ground.still_answers()
    assert ground.edge("deploy", ground.newer, "--device", "cpu:").code == 0
    assert ground.still_answers(3.0)


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Another process, as far as the lock can tell, is deploying."""
    with lock.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_two_deploys_at_once(ground: Ground, tmp_path: Path) -> None:
    with held(tmp_path / "local-store" / "lock"):
        refused = ground.edge("deploy", ground.newer, "--device", "cpu:", "--json")
        assert (refused.code, refused.json["error"]["id"]) == (5, "EDGE-0502")
        assert ground.still_answers()
    assert ground.edge("deploy", ground.newer, "--device", "cpu:").code == 0


def test_an_interrupt(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr(Files, "fsync", interrupt)
        stopped = ground.edge("deploy", ground.newer, "--device", "cpu:", "--json")
    assert (stopped.code, stopped.json["error"]["id"]) == (130, "EDGE-1302")
    assert ground.still_answers()
    assert ground.edge("deploy", ground.newer, "--device", "cpu:").code == 0
