"""What goes wrong around the program: interrupted while it starts, a full disk, no permission."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START = [sys.executable, "-m", "edgesdk_start"]

# Interrupts itself when a module is first looked for: the signal of Ctrl-C at a known moment.
AT = """
import os, signal, sys
moment = sys.argv[1]

class Interrupts:
    done = False

    def find_spec(self, name, path=None, target=None):
        if name == moment and not self.done:
            self.done = True
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
import edgesdk_start
sys.argv[0:2] = ["edgesdk"]
edgesdk_start.main()
"""

# The program where the packages of an extra are not installed.
WITHOUT = """
import importlib.util, sys
gone = set(sys.argv[1].split(","))

class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in gone:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: (
    None if name.partition(".")[0] in gone else found(name, *more)
)
sys.meta_path.insert(0, Gone())
import edgesdk_start
sys.argv[0:2] = ["edgesdk"]
edgesdk_start.main()
"""

EXTRAS = [
    ("onnxruntime,ai_edge_litert", "cpu", ("compile", "sound.onnx", "-t", "cpu")),
    ("tflite", "host", ("compile", "sound_int8.tflite", "-t", "mcu:cortex-m33")),
    ("unicorn", "emulator", ("run", "x", "-d", "emu:mcu")),
    ("starlette,uvicorn", "serve", ("serve", "x", "-d", "cpu:")),
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own, for everything."""
    for name in ("CONFIG", "STORE", "STATE"):
        monkeypatch.setenv(f"EDGESDK_{name}", str(tmp_path / name.lower()))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("sound.onnx", "sound_int8.tflite"):
        shutil.copy(ROOT / "models" / "sound" / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(*command: object) -> subprocess.CompletedProcess[str]:
    """A program's end: never a stack trace."""
    words = [str(word) for word in command]
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr
    return done


def program(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return said(sys.executable, "-c", code, *arguments)


@pytest.mark.parametrize("moment", ["edgesdk", "numpy", "edgesdk.cli.devices"])
def test_ctrl_c_while_it_starts(moment: str) -> None:
    done = program(AT, moment, "devices")
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "error: Interrupted [EDGE-1301]\n"


@pytest.mark.parametrize(("moment", "flag"), [("numpy", "--json"), ("onnx", "--jsonl")])
def test_ctrl_c_as_an_object(moment: str, flag: str) -> None:
    """Before the program reads its options, and after: the same object."""
    done = program(AT, moment, "compile", "sound.onnx", "-t", "cpu", flag)
    assert done.returncode == 130
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["v"], found["ok"], found["error"]["id"]) == (1, False, "EDGE-1301")


def test_ctrl_c_while_a_library_is_read(home: Path) -> None:
    done = program(AT, "onnx", "compile", "sound.onnx", "-t", "cpu", "-o", home / "x.edge")
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "error: Interrupted [EDGE-1301]\n"
    assert not (home / "x.edge").exists()


@pytest.mark.parametrize("flag", ["--json", "--jsonl", "--quiet"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "| :", ">&- 2>&-"])
def test_ctrl_c_that_nobody_hears_of(home: Path, flag: str, closed: str) -> None:
    """The reader of a pipe dies of the same Ctrl-C, or the caller has closed the streams."""
    at = home / "at.py"
    at.write_text(AT)
    code = home / "code"
    line = f'{{ sleep 0.1; "{sys.executable}" "{at}" numpy devices {flag}; echo $? >"{code}"; }}'
    done = said("sh", "-c", f"{line} {closed}")
    assert code.read_text() == "130\n"
    assert done.stderr in ("", "error: Interrupted [EDGE-1301]\n")


def test_a_caller_may_have_ctrl_c_ignored() -> None:
    done = program(
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + AT, "numpy", "version"
    )
    assert done.returncode == 0


@pytest.mark.parametrize(("packages", "extra", "arguments"), EXTRAS)
def test_a_missing_extra_is_named(packages: str, extra: str, arguments: Sequence[str]) -> None:
    done = program(WITHOUT, packages, *arguments)
    assert done.returncode == 2
    assert "[EDGE-0205]" in done.stderr
    assert f"pip install 'edgesdk[{extra}]'" in done.stderr
    assert done.stderr.count("error: ") == 1


needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")


@needs_full
@pytest.mark.parametrize("arguments", [("version",), ("run", "--help")])
def test_a_full_disk_behind_stdout(arguments: Sequence[str]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "edgesdk_start", *arguments]
        done = subprocess.run(
            command, check=False, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert done.returncode == 2
    assert done.stderr.count("[EDGE-0235]") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", ["--help", "inspect sound.onnx"])
def test_a_reader_that_had_enough(arguments: str) -> None:
    line = f'"{sys.executable}" -m edgesdk_start {arguments} | head -n 1'
    done = said("sh", "-c", line)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-"])
def test_closed_streams(closed: str) -> None:
    done = said("sh", "-c", f'"{sys.executable}" -m edgesdk_start version {closed}')
    assert done.returncode == 0


def unprivileged() -> list[str]:
    """What makes modes of files count, also for an administrator."""
    if os.geteuid() != 0:
        return []
    start = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if shutil.which("setpriv") is None or subprocess.run([*start, "true"], check=False).returncode:
        pytest.skip("an administrator may open everything, and setpriv cannot change that here")
    return start


def test_a_port_without_permission() -> None:
    import pty

    controller, port = pty.openpty()
    try:
        name = os.ttyname(port)
        Path(name).chmod(0)
        start = [*unprivileged(), sys.executable, "-m", "edgesdk_start"]
        done = said(*start, "run", "x", "-d", f"serial:{name}")
    finally:
        os.close(controller)
        os.close(port)
    assert done.returncode == 5
    assert "[EDGE-0510]" in done.stderr
    assert "sudo" in done.stderr


@pytest.mark.parametrize("arguments", [("compile", "-t", "cpu"), ("run", "-d", "cpu:")])
def test_a_file_that_may_not_be_read(home: Path, arguments: Sequence[str]) -> None:
    command, *rest = arguments
    name = {"compile": "sound.onnx", "run": "sound.edge"}[command]
    (home / name).touch()
    (home / name).chmod(0)
    start = [*unprivileged(), sys.executable, "-m", "edgesdk_start"]
    done = said(*start, command, name, *rest)
    assert done.returncode == 2
    assert f"You may not read {name}" in done.stderr
    assert f"chmod u+r {name}" in done.stderr


@needs_full
def test_a_text_that_cannot_be_written_is_told_once(home: Path) -> None:
    story = ROOT / "models" / "story"
    assert said(*START, "deploy", story, "-d", "cpu:", "-q").returncode == 0
    with Path("/dev/full").open("w") as full:
        command = [*START, "generate", "story", "Once upon a time", "-d", "cpu:", "-n", "40"]
        done = subprocess.run(
            command, check=False, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert done.returncode == 2
    assert done.stderr.count("error: ") == 1
    assert "[EDGE-0235]" in done.stderr


def test_an_output_where_nothing_may_be_written(home: Path) -> None:
    locked = home / "locked"
    locked.mkdir(mode=0o555)
    start = [*unprivileged(), sys.executable, "-m", "edgesdk_start"]
    done = said(*start, "compile", "sound.onnx", "-t", "cpu", "-o", locked / "x.edge")
    assert done.returncode == 2
    assert "[EDGE-0249]" in done.stderr
    assert "yours to write" in done.stderr


def test_a_python_that_is_not_there_for_make() -> None:
    done = said("sh", ROOT / "tools" / "setup.sh", "python9")
    assert done.returncode == 1
    assert done.stderr.startswith("edgesdk needs Python 3.10 or newer, and python9 is not there.")
    assert "make PYTHON=" in done.stderr


@pytest.mark.parametrize("version", ["2.7.18", "3.8.1"])
def test_a_python_that_is_too_old_for_make(home: Path, version: str) -> None:
    old = home / "python"
    old.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "Python {version}"\nexit 1\n')
    old.chmod(0o755)
    done = said("sh", ROOT / "tools" / "setup.sh", old)
    assert done.returncode == 1
    assert f"needs Python 3.10 or newer; {old} is Python {version}" in done.stderr
    assert "make PYTHON=" in done.stderr
    assert done.stdout == ""
    assert not (home / ".venv").exists()


def test_a_set_up_without_a_network_says_what_it_needs(home: Path) -> None:
    """A Python that is new enough, and whose pip reaches nothing."""
    cut_off = home / "python"
    cut_off.write_text('#!/bin/sh\ncase "$*" in *"pip install"*) exit 1;; esac\nexit 0\n')
    cut_off.chmod(0o755)
    (home / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(cut_off, home / ".venv" / "bin" / "python")
    done = said("sh", ROOT / "tools" / "setup.sh", cut_off)
    assert done.returncode == 1
    assert done.stdout.startswith("Setting up .venv: libraries and native code, a few minutes")
    assert "needs the network" in done.stderr
    assert "Run it again" in done.stderr
    assert not (home / ".venv" / "ready").exists()
