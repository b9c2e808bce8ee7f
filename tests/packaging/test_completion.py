"""Tab in bash, zsh and fish: commands, options, devices and the models on them."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edgesdk.cli.completion import SHELLS

Complete = Callable[[str], str]

# What is typed, what Tab must make of it, and what it must not offer.
CASES = [
    ("edgesdk roll", "rollback", "deploy"),
    ("edgesdk deploy --dev", "--device", "--json"),
    ("edgesdk check x.edge --device cp", "cpu:", "emu:"),
    ("edgesdk devices --device emu:fp", "emu:fpga", "emu:mcu"),
    ("edgesdk devices --device po", "porch", "emu:"),
    ("edgesdk run sca", "scale", "rollback"),
    ("edgesdk rollback --device cpu: sca", "scale", "deploy"),
]


@pytest.fixture
def user(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with a model on this machine's CPU, a named device, and the program on the PATH."""
    import onnx

    import edgesdk

    graph = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 17]> scale (float[8] x) => (float[8] y)'
        "<float three = {3.0}> { y = Mul(x, three) }"
    )
    onnx.save(graph, "scale.onnx")
    with (
        edgesdk.compile("scale.onnx", "cpu", output="scale.edge") as bundle,
        edgesdk.connect("cpu:") as device,
    ):
        edgesdk.deploy(bundle, device)
    Path("scale.onnx").unlink()
    Path("scale.edge").unlink()
    Path("edgesdk.toml").write_text('[device.porch]\naddress = "cpu:?threads=2"\n')
    program = user_folder / "bin" / "edgesdk"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edgesdk "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    for name in ("HOME", "ZDOTDIR"):
        monkeypatch.setenv(name, str(user_folder))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return user_folder


def run(*command: str) -> str:
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


def needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed: its completion is tried only where it is")


def bash(typed: str) -> str:
    """What the function that bash calls on Tab offers, whole or from the last colon on."""
    program = """
        source <(edgesdk completion bash)
        compopt() { :; }  # only to be called in an interactive shell
        COMP_LINE=$1 COMP_POINT=${#1}
        _edgesdk_completion
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    begun = typed.rsplit(maxsplit=1)[-1]
    kept = begun[: begun.rfind(":") + 1]
    return "\n".join(
        kept + line for line in run("bash", "--norc", "-c", program, "-", typed).split()
    )


def fish(typed: str) -> str:
    """What fish offers for a line."""
    program = "edgesdk completion fish | source; complete --do-complete $argv[1]"
    return run("fish", "--no-config", "-c", program, typed)


@pytest.mark.parametrize(("typed", "offered", "other"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("complete", [bash, fish], ids=["bash", "fish"])
def test_tab(complete: Complete, typed: str, offered: str, other: str, user: Path) -> None:
    needs(complete.__name__)
    found = [line.split("\t")[0] for line in complete(typed).splitlines()]
    assert offered in found
    assert not [line for line in found if line.startswith(other)]


SET_UP = {
    "bash": ["bash", "--norc", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
LOAD = {
    "bash": "source <(edgesdk completion bash); echo re''ady\n",
    "zsh": "fpath=(~/.zfunc $fpath); autoload -U compinit; compinit -u -D; echo re''ady\n",
}


@pytest.mark.parametrize("shell", SET_UP)
def test_tab_at_a_terminal(shell: str, user: Path) -> None:
    """The shell itself, at a pseudo terminal: it writes on where Tab was pressed."""
    needs(shell)
    run("edgesdk", "completion", shell, "--install")
    terminal = Terminal(SET_UP[shell])
    try:
        terminal.type(LOAD[shell])
        terminal.expect("ready")
        for typed, offered, _ in CASES[:3] + CASES[5:6]:
            terminal.type(typed + "\t")
            begun = typed.rpartition(" ")[2]
            terminal.expect(offered[len(begun) - 1 :])
            terminal.type("\x15")  # the line is thrown away
    finally:
        terminal.close()


class Terminal:
    """A program at a pseudo terminal, with a deadline on every wait."""

    def __init__(self, command: list[str]) -> None:
        self.process, self.file = pty.fork()
        if self.process == 0:
            os.environ["TERM"] = "dumb"
            os.execvp(command[0], command)
        self.seen = ""

    def type(self, text: str) -> None:
        self.seen = ""
        os.write(self.file, text.encode())

    def expect(self, text: str) -> None:
        """Wait until the program has shown a text since the last typing began."""
        deadline = time.monotonic() + 30
        while text not in self.seen.replace("\b", ""):
            left = deadline - time.monotonic()
            assert left > 0, f"{text!r} is not in {self.seen!r}"
            if select.select([self.file], [], [], left)[0]:
                self.seen += os.read(self.file, 65536).decode(errors="replace")

    def close(self) -> None:
        os.kill(self.process, 9)
        os.waitpid(self.process, 0)
        os.close(self.file)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_installed_where_its_shell_looks(shell: str, user: Path) -> None:
    places = {
        "bash": user / ".local/share/bash-completion/completions/edgesdk",
        "zsh": user / ".zfunc/_edgesdk",
        "fish": user / ".config/fish/completions/edgesdk.fish",
    }
    told = run("edgesdk", "completion", shell, "--install")
    assert told.splitlines()[0] == str(places[shell])
    assert places[shell].read_text().strip() == run("edgesdk", "completion", shell)


def test_a_place_that_cannot_be_written_to(user: Path) -> None:
    (user / ".zfunc").write_text("a file")
    done = subprocess.run(
        ["edgesdk", "completion", "zsh", "--install"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "[EDGE-02301]" in done.stderr


def test_looking_for_models_makes_nothing(user: Path) -> None:
    """Not even a store: a device that nobody deployed to has no model."""
    for device in (
        "cpu:",
        "emu:fpga",
        "emu:nand",
        "emu:mcu",
        "serial:/dev/none",
        "ssh://nobody/cpu:",
    ):
        environment = {
            **os.environ,
            "EDGESDK_STORE": str(user / "fresh"),
            "EDGESDK_STATE": str(user / "fresh-state"),
            "COMP_WORDS": f"edgesdk run --device {device} ",
            "COMP_CWORD": "4",
            "_EDGESDK_COMPLETE": "bash_complete",
        }
        done = subprocess.run(
            ["edgesdk"], env=environment, capture_output=True, text=True, check=True, timeout=30
        )
        assert (done.stdout.strip(), done.stderr) == ("file,", "")
    assert not (user / "fresh").exists()
    assert not (user / "fresh-state").exists()
