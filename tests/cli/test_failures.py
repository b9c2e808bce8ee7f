"""Every kind of failure: its exit code, its streams, and never a stack trace."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import edgesdk
from edgesdk import errors

from .conftest import Outcome

CLASSES = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.EdgeError)
]
CODES = {
    "EdgeError": 1,
    "InternalFault": 1,
    "UsageError": 2,
    "InputMismatch": 2,
    "ModelNotFound": 2,
    "ModelRefused": 2,
    "MissingExtra": 2,
    "NoDevice": 3,
    "AmbiguousDevice": 4,
    "DeviceUnavailable": 5,
    "LinkFailed": 6,
    "VerificationMismatch": 7,
    "BundleRefused": 8,
    "SignatureRefused": 8,
    "FormatRefused": 8,
    "DowngradeRefused": 8,
    "DoesNotFit": 9,
    "DeviceReverted": 10,
    "Interrupted": 130,
}


def make(kind: type[errors.EdgeError]) -> errors.EdgeError:
    if kind is errors.MissingExtra:
        return errors.MissingExtra("pyserial", "mcu")
    return kind("It broke", evidence="a piece", next_step="Mend it")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Make every connection fail in a given way."""

    def fail_with(error: BaseException) -> None:
        def connect(address: str | None = None) -> edgesdk.Device:
            raise error

        monkeypatch.setattr(edgesdk, "connect", connect)

    return fail_with


def test_every_class_has_its_code_in_the_published_table() -> None:
    assert {kind.__name__: kind.exit_code for kind in CLASSES} == CODES


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_known_failures(
    edge: Callable[..., Outcome],
    failing: Callable[[BaseException], None],
    kind: type[errors.EdgeError],
) -> None:
    error = make(kind)
    failing(error)
    done = edge("rollback", "sound")
    assert done.code == CODES[kind.__name__]
    assert done.out == ""
    assert done.err == f"error: {error}\n"
    document = edge("rollback", "sound", "--json")
    assert document.code == done.code
    assert document.json == {"v": 1, "ok": False, "error": error.as_dict()}
    assert document.err == done.err


@pytest.mark.parametrize("error", [ValueError("odd"), OSError(5, "I/O"), EOFError()])
def test_an_unknown_exception_is_an_internal_fault(
    edge: Callable[..., Outcome],
    failing: Callable[[BaseException], None],
    error: Exception,
) -> None:
    failing(error)
    done = edge("rollback", "sound")
    assert done.code == 1
    assert "[EDGE-0101]" in done.err
    assert type(error).__name__ in done.err
    assert "--verbose" in done.err
    assert edge("rollback", "sound", "--json").json["error"]["id"] == "EDGE-0101"


def test_out_of_memory_is_no_fault_of_ours(
    edge: Callable[..., Outcome], failing: Callable[[BaseException], None]
) -> None:
    failing(MemoryError())
    done = edge("rollback", "sound")
    assert done.code == 9
    assert "[EDGE-0912]" in done.err


def test_verbose_shows_the_stack(
    edge: Callable[..., Outcome], failing: Callable[[BaseException], None]
) -> None:
    failing(ValueError("odd"))
    done = edge("rollback", "sound", "--verbose")
    assert "Traceback" in done.err
    assert "ValueError: odd" in done.err
    assert done.out == ""


def test_ctrl_c_is_130(
    edge: Callable[..., Outcome], failing: Callable[[BaseException], None]
) -> None:
    failing(KeyboardInterrupt())
    done = edge("rollback", "sound")
    assert done.code == 130
    assert "[EDGE-1301]" in done.err


def test_no_and_several_devices(
    edge: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgesdk import registry

    def info(address: str) -> edgesdk.DeviceInfo:
        return edgesdk.DeviceInfo(address, "cpu", "cpu", "")

    monkeypatch.setattr(registry, "discover", lambda: [])
    assert edge("rollback", "sound").code == 3
    monkeypatch.setattr(registry, "discover", lambda: [info("emu:a"), info("emu:b")])
    done = edge("rollback", "sound")
    assert done.code == 4
    assert "--device 'emu:a'" in done.err
    assert "--device 'emu:b'" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "identity"),
    [
        (["deploy", "none.edge"], 2, None),
        (["deploy", "junk.edge"], 8, None),
        (["check", "junk.edge"], 8, None),
        (["inspect", "junk.edge"], 8, None),
        (["inspect", "junk.onnx"], 2, None),
        (["inspect", "junk.txt"], 2, "EDGE-0204"),
        (["compile", "junk.onnx", "-t", "cpu"], 2, None),
        (["compile", "scale.onnx", "-t", "tpu"], 2, "EDGE-0213"),
        (["compile", "scale.onnx", "-t", "cpu", "--option", "fast"], 2, "EDGE-0221"),
        (["compile", "scale.onnx", "-t", "cpu", "--option", "nonsense=1"], 2, "EDGE-0209"),
        (["compile", "scale.onnx", "-t", "cpu", "--tolerance", "close"], 2, "EDGE-0231"),
        (["compile", "scale.onnx", "-t", "cpu", "--tolerance", "rtol=-1"], 2, "EDGE-0231"),
        (["compile", "scale.onnx", "-t", "cpu", "--key", "none"], 2, "EDGE-0243"),
        (["compile", "scale.onnx", "-t", "cpu", "--version", "new"], 2, "EDGE-0220"),
        (["compile", "scale.onnx", "-t", "cpu", "-o", "no/where.edge"], 2, None),
        (["run", "sound", "-d", "cpu:"], 2, "EDGE-0203"),
        (["run", "sound", "-d", "nowhere"], 2, "EDGE-0214"),
        (["run", "sound", "-d", "tpu:"], 2, "EDGE-0212"),
        (["bench", "a", "--report", "page.txt"], 2, "EDGE-02307"),
        (["bench", "scale.onnx", "-d", "cpu:", "--prompt", "x"], 2, "EDGE-02306"),
        (["keys", "delete", "none", "--yes"], 2, "EDGE-0243"),
        (["keys", "delete", "none"], 2, "EDGE-0232"),
        (["keys", "new", "No Name"], 2, "EDGE-0242"),
        (["keys", "trust", "none", "-d", "cpu:"], 2, "EDGE-0243"),
    ],
)
def test_wrong_requests(
    edge: Callable[..., Outcome],
    model: Path,
    arguments: list[str],
    code: int,
    identity: str | None,
) -> None:
    for name in ("junk.edge", "junk.onnx", "junk.txt"):
        Path(name).write_bytes(b"this is no model at all, only some words in a file" * 9)
    done = edge(*arguments)
    assert done.code == code, done.err
    assert done.out == ""
    assert identity is None or f"[{identity}]" in done.err


def test_one_form_of_output_at_a_time(edge: Callable[..., Outcome]) -> None:
    done = edge("deploy", "scale.edge", "--json", "--jsonl")
    assert done.code == 2
    assert done.json["error"]["id"] == "EDGE-0230"


def test_a_broken_plug_in_is_a_note_and_shown_by_doctor(
    edge_process: Callable[..., Outcome], tmp_path: Path
) -> None:
    info = tmp_path / "plug" / "odd_backend-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-backend\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[edgesdk.backends]\nodd = no_such_module:backend\n")
    environment = {**os.environ, "PYTHONPATH": str(info.parent)}
    listed = edge_process("devices", env=environment)
    assert listed.code == 0
    assert "cpu:" in listed.out
    assert "note: backend 'odd' of odd-backend is skipped" in listed.err
    assert "Warning" not in listed.err
    examined = edge_process("doctor", env=environment)
    assert examined.code == 1
    assert "backend odd" in examined.out
    assert "no_such_module" in examined.out
