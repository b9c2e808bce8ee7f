"""A sensing program at a distance: fed from here, it tells the same events as at this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import edgesdk
from edgesdk.backend import FirmwareDevice, LoggingDevice
from edgesdk.sensing.streaming import ListeningDevice, StreamingSession
from tests.docs.examples import ROOT

pytestmark = pytest.mark.long

SECONDS = 1


def signal() -> dict[str, np.ndarray]:
    """Noise as loud as a cough."""
    draw = np.random.default_rng(0)
    return {
        "audio": (draw.normal(size=16000 * SECONDS) * 3000).astype(np.int16),
        "imu": (draw.normal(size=(100 * SECONDS, 6)) * 300).astype(np.int16),
    }


def test_a_cough_program(board: Path, factory: Callable[[str, Path, Path], None]) -> None:
    pytest.importorskip("unicorn")
    factory("unicorn", board / "boards", board / "config")
    inner = f"emu:mcu?state={board / 'boards'}"
    found = {}
    with edgesdk.compile(ROOT / "models" / "cough" / "cough.json", "mcu:cortex-m33") as made:
        for address in (f"ssh://there/{inner}", inner):
            with edgesdk.connect(address) as device:
                assert isinstance(device, (LoggingDevice, FirmwareDevice, ListeningDevice))
                if not device.models():
                    edgesdk.deploy(made, device)
                with device.open("cough") as session:
                    assert isinstance(session, StreamingSession)
                    found[address] = _told(session)
    far, near = found.values()
    assert far == near
    assert near[0]


def _told(session: StreamingSession) -> tuple[object, ...]:
    """Everything that it tells of the signal, in two pieces and then at once."""
    whole = signal()
    session.start({})
    events = list(session.feed({name: data[: len(data) // 2] for name, data in whole.items()}))
    decisions = list(session.decisions())
    events += session.feed({name: data[len(data) // 2 :] for name, data in whole.items()})
    events += session.finish()
    decisions += session.decisions()
    status, figures = session.status(), dict(session.figures())  # type: ignore[attr-defined]
    outputs = session.run(whole)
    rows = {name: array.tolist() for name, array in outputs.items()}
    return decisions, events, status, figures, rows


def test_a_program_that_runs_is_looked_on(
    board: Path, factory: Callable[[str, Path, Path], None]
) -> None:
    pytest.importorskip("unicorn")
    factory("unicorn", board / "boards", board / "config")
    with edgesdk.connect(f"ssh://there/emu:mcu?state={board / 'boards'}") as device:
        assert isinstance(device, ListeningDevice)
        assert device.listening() is None
        with edgesdk.compile(ROOT / "models" / "cough" / "cough.json", "mcu:cortex-m33") as made:
            edgesdk.deploy(made, device)  # type: ignore[arg-type]
        session = device.listening()
        assert session is not None
        assert set(session.status().stages) == {"imu", "audio"}
        assert session.description.name == "cough"
