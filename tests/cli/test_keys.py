"""Keys and counters: whose bundles a device takes, and which."""

from __future__ import annotations

from pathlib import Path

from .conftest import Edge, outputs


def test_keys_of_somebody_else(
    edge: Edge, bundle: Path, model: Path, sample: Path, tmp_path: Path
) -> None:
    edge("deploy", bundle, "-d", "cpu:")
    assert edge("keys", "new", "alice").code == 0
    assert [k["name"] for k in edge("keys", "list", "--json").json["keys"]] == [
        "alice",
        "development",
    ]
    signed = ["--key", "alice", "--version", "2.0.0", "-o", "alice.edge"]
    assert edge("compile", model, "-t", "cpu", *signed).code == 0
    refused = edge("deploy", "alice.edge", "-d", "cpu:")  # the device was never told of alice
    assert (refused.code, "[EDGE-0804]" in refused.err) == (8, True)
    assert outputs(edge, "scale", "-d", "cpu:", "-i", sample) == [2, 4, 8, 6]
    assert edge("keys", "trust", "alice", "-d", "cpu:").code == 0
    assert edge("deploy", "alice.edge", "-d", "cpu:").code == 0
    pem = edge("keys", "export", "alice").out
    assert pem.startswith("-----BEGIN PUBLIC KEY-----")
    Path("alice.pem").write_text(pem)
    assert edge("keys", "distrust", "./alice.pem", "-d", "cpu:").code == 0
    assert edge("run", "scale", "-d", "cpu:", "-i", sample).code == 8
    assert edge("keys", "delete", "alice", "--yes").code == 0
    assert edge("deploy", "alice.edge", "-d", "cpu:").code == 8
    assert edge("keys", "add", "friend", "alice.pem").code == 0
    assert edge("inspect", "alice.edge", "--json").json["trusted"] is True
    assert edge("compile", model, "-t", "cpu", "--key", "friend").code == 2


def test_a_downgrade_is_refused(edge: Edge, model: Path, sample: Path) -> None:
    for counter, name in ((5, "new.edge"), (4, "old.edge")):
        options = ["--security-counter", counter, "-o", name]
        assert edge("compile", model, "-t", "cpu", *options).code == 0
    assert edge("deploy", "new.edge", "-d", "cpu:").code == 0
    assert edge("check", "old.edge", "-d", "cpu:").code == 8
    refused = edge("deploy", "old.edge", "-d", "cpu:")
    assert refused.code == 8
    assert outputs(edge, "scale", "-d", "cpu:", "-i", sample) == [2, 4, 8, 6]
