"""What the suite asks of every kind of device: the columns of its table.

Each test is in one of them: ``pytestmark = column(DEPLOY)``, once for a file.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Column:
    """``about``: what its tests do, as the page says it. ``file``: where they stand."""

    name: str
    about: str
    file: str


BACKEND = Column(
    "backend",
    "it has a backend's members, says what the device is and what of its own needs is installed, "
    "gives addresses that connect where it finds devices by itself, and compiles twice to the same "
    "bytes",
    "test_backend.py",
)
DEPLOY = Column(
    "deploy",
    "a bundle is checked, installed and replaced; what does not fit, is for another target, is "
    "signed by another key, is forged, or has a lower security counter is refused by the device "
    "itself, and all but the forged one by the host before",
    "test_deploy.py",
)
RUN = Column(
    "run",
    "the installed model gives the right answers, from arrays and lists, into arrays of the "
    "caller, again and again; its session says what goes in and out, and closes twice",
    "test_session.py",
)
GOLDEN = Column(
    "golden gate",
    "a bundle with wrong expected answers or with the weights of another model, signed again by "
    "the same key, or of which other bytes arrive, is refused by what the device answers or "
    "holds, and the old model stays; one with a damaged model is refused, too, or gives the right "
    "answers all the same",
    "test_golden_gate.py",
)
TRIAL = Column(
    "trial",
    "the staged model answers while the active one stays what it is; a model that cannot be "
    "loaded fails the trial; the stages come in order",
    "test_trial.py",
)
REVERT = Column(
    "revert",
    "an interrupt or an error of the caller at any stage, a connection that is closed before, "
    "while or after the parts are staged or while the model is on trial, and a confirm whose "
    "answer is lost: the old model stays, or the new one is found to be active",
    "test_revert.py",
)
ROLLBACK = Column(
    "rollback",
    "back to the version before and forth again; not below the security counter, and not to "
    "nothing",
    "test_rollback.py",
)
WRONG = Column(
    "wrong inputs",
    "inputs of a wrong name, number, dtype, rank, length or kind, enormous ones, values that the "
    "model does not know, NaN and infinity, arrays for outputs that cannot take them, unknown "
    "options: one clear error, and the next answer is right",
    "test_wrong_inputs.py",
)
KILLED = Column(
    "killed host",
    "a process that deploys is killed by SIGKILL at every stage, and at every event that it tells; "
    "then the device has the old model or the new one, whole, and takes the next deploy",
    "test_killed_host.py",
)
TWO = Column(
    "two sessions",
    "two sessions, and two connections of one process, answer rightly in turns and in two threads, "
    "or the second is refused; of two deploys at once, in one process or in two, the second is "
    "refused, and does the first no harm",
    "test_two_sessions.py",
)

COLUMNS = [BACKEND, DEPLOY, RUN, GOLDEN, TRIAL, REVERT, ROLLBACK, WRONG, KILLED, TWO]


def column(which: Column) -> pytest.MarkDecorator:
    """The mark of a file's tests."""
    return pytest.mark.column(which.name)
