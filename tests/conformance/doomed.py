"""A host that dies while it deploys: a process of its own, which a test kills by SIGKILL.

``python tests/conformance/doomed.py CASE FOLDER BUNDLE``. Each line of its input is a moment; for
each it forks a child that connects and deploys, and dies: ``at trial``, when the first event of
that stage comes; ``event 5``, when so many events have come; ``after confirm``, when the device has
done that; ``never``. For each line it prints one of JSON:
whether the child was killed, and the lines that it wrote: the events that it saw, and an error.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds that a child has, whatever happens to it

if __name__ == "__main__":  # another distribution may bring a package of that name
    sys.path[0] = str(ROOT)
    sys.modules["tests"] = ModuleType("tests")
    sys.modules["tests"].__path__ = [str(ROOT / "tests")]

import pytest  # noqa: E402

import edgesdk  # noqa: E402
from edgesdk import Bundle, DeployEvent, Device, registry  # noqa: E402
from edgesdk.bundle.keys import trusted_keys  # noqa: E402
from tests.conformance.case import Case  # noqa: E402
from tests.conformance.cases import CASES  # noqa: E402


def die(*arguments: object) -> NoReturn:
    """As the kernel would do it, or a user who has no patience."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit("a killed process goes on")


def then_die(method: Callable[..., Any]) -> Callable[..., None]:
    """The method, and nothing after it."""
    return lambda *arguments: die(method(*arguments))


def deploy(device: Device, bundle: Bundle, moment: str, tell: Callable[[str], None]) -> None:
    """Deploy until the moment has come; ``tell`` is told of each event before it."""
    kind, _, which = moment.partition(" ")
    events = 0

    def on_event(event: DeployEvent) -> None:
        nonlocal events
        if which == (event.stage if kind == "at" else str(events) if kind == "event" else None):
            die()
        events += 1
        tell(f"{event.stage} {event.done}/{event.total}")

    if kind == "after":
        setattr(device, which, then_die(getattr(device, which)))
    tell("begun")
    edgesdk.deploy(bundle, device, on_event=on_event)
    tell("ended")


def child(case: Case, folder: Path, bundle: Path, moment: str, write: int) -> None:
    """Connect, and deploy until the moment has come."""

    def tell(text: str) -> None:
        os.write(write, f"{text}\n".encode())

    signal.alarm(PATIENCE)
    try:
        case.prepare(pytest.MonkeyPatch(), folder)
        with (
            edgesdk.connect(case.address(folder)) as device,
            edgesdk.read_bundle(bundle, trusted_keys()) as read,
        ):
            deploy(device, read, moment, tell)
    except BaseException as error:
        tell(f"error: {getattr(error, 'id', '')} {error!r}")
    finally:
        os._exit(0)


def one_child(case: Case, folder: Path, bundle: Path, moment: str) -> dict[str, Any]:
    """From its birth to its death."""
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(read)
        child(case, folder, bundle, moment, write)
    os.close(write)
    _, status = os.waitpid(process, 0)
    os.set_blocking(read, False)  # what the child started may live on, and have the other end
    with os.fdopen(read, "rb") as pipe:
        lines = pipe.read() or b""
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return {"killed": killed, "seen": lines.decode().splitlines()}


def main() -> None:
    """See the file's own words."""
    name, folder, bundle = sys.argv[1:]
    [case] = [case for case in CASES if case.name == name]
    registry.refresh()
    for line in sys.stdin:
        print(json.dumps(one_child(case, Path(folder), Path(bundle), line.strip())), flush=True)


if __name__ == "__main__":
    main()
