"""Tab in bash, zsh and fish: commands, options, devices and the models on them."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from edgesdk.cli import program
from edgesdk.cli.completion import SCRIPTS
from tests.cli.conftest import Edge

# What is typed, what Tab must make of it, and what it must not offer.
CASES = [
    ("edgesdk roll", "rollback", "deploy"),
    ("edgesdk deploy --dev", "--device", "--json"),
    ("edgesdk check x.edge --device cp", "cpu:", "emu:"),
    ("edgesdk devices --device emu:fp", "emu:fpga", "emu:mcu"),
    ("edgesdk devices --device=emu:fp", "emu:fpga", "emu:mcu"),
    ("edgesdk devices --device=porc", "porch", "emu:"),
    ("edgesdk devices --device my", "my board", "emu:"),
    ("edgesdk rollback --device cpu: sca", "scale", "deploy"),
]


@pytest.fixture
def user(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with a model on this machine's CPU, a named device, and the program on the PATH."""
    import edgesdk
    from tests.models import onnx_models

    onnx_models.scale(Path("scale.onnx"), 3.0, [8])
    with (
        edgesdk.compile("scale.onnx", "cpu", output="scale.edge") as bundle,
        edgesdk.connect("cpu:") as device,
    ):
        edgesdk.deploy(bundle, device)
    Path("scale.onnx").unlink()
    Path("scale.edge").unlink()
    Path("edgesdk.toml").write_text(
        '[device]\nporch.address = "cpu:?threads=2"\n"my board".address = "cpu:"\n'
    )
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


# Each prints, for each line, what the shell's own function offers, and then an empty line.
TAB = {
    "bash": """
        source "$0"
        compopt() { :; }  # only to be called in an interactive shell
        for line; do
            COMP_LINE=$line COMP_POINT=${#line}
            _edgesdk_completion
            printf '%s\\n' "${COMPREPLY[@]}" ''
        done
    """,
    "fish": """
        source $argv[1]
        for line in $argv[2..]
            complete --do-complete $line
            echo
        end
    """,
}
PLAIN = {"bash": ("bash", "--norc", "-c"), "fish": ("fish", "--no-config", "-c")}


@pytest.mark.parametrize("shell", TAB)
def test_tab(shell: str, user: Path) -> None:
    needs(shell)
    (user / "script").write_text(SCRIPTS[shell])
    lines = [typed for typed, *_ in CASES]
    told = run(*PLAIN[shell], TAB[shell], str(user / "script"), *lines)
    for (typed, offered, other), found in zip(CASES, told.split("\n\n"), strict=True):
        begun = typed.rpartition(" ")[2]
        kept = begun[: max(map(begun.rfind, ":=")) + 1] if shell == "bash" else ""
        option = begun[: begun.rfind("=") + 1]
        words = [kept + line.split("\t")[0].replace("\\", "") for line in found.split("\n")]
        assert option + offered in words, typed
        assert not [word for word in words if word.startswith(option + other)], typed


SET_UP = {
    "bash": ["bash", "--norc", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
LOAD = {
    "bash": "source ~/.local/share/bash-completion/completions/edgesdk; echo re''ady\n",
    "zsh": "fpath=(~/.zfunc $fpath); autoload -U compinit; compinit -u -D; echo re''ady\n",
}
AT_A_TERMINAL = [
    ("edgesdk roll", "back "),
    ("edgesdk devices --device emu:fp", "ga"),
    ("edgesdk devices --device=emu:fp", "ga"),
    ("edgesdk devices --device=porc", "h"),
    ("edgesdk devices --device my", "\\ board"),
    ("edgesdk run sca", "le"),
]


@pytest.mark.parametrize("shell", SET_UP)
def test_tab_at_a_terminal(shell: str, user: Path) -> None:
    """The shell itself, at a pseudo terminal: it writes on where Tab was pressed."""
    needs(shell)
    run("edgesdk", "completion", shell, "--install")
    terminal = Terminal(SET_UP[shell])
    try:
        terminal.type(LOAD[shell])
        terminal.expect("ready")
        for typed, completed in AT_A_TERMINAL:
            terminal.type(typed + "\t")
            terminal.expect(typed + completed)
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


@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_script_is_installed_where_its_shell_looks(shell: str, user: Path, edge: Edge) -> None:
    places = {
        "bash": user / ".local/share/bash-completion/completions/edgesdk",
        "zsh": user / ".zfunc/_edgesdk",
        "fish": user / ".config/fish/completions/edgesdk.fish",
    }
    told = edge("completion", shell, "--install").out
    assert told.splitlines()[0] == str(places[shell])
    assert places[shell].read_text() == edge("completion", shell).out


def test_a_place_that_cannot_be_written_to(user: Path, edge: Edge) -> None:
    (user / ".zfunc").write_text("a file")
    done = edge("completion", "zsh", "--install")
    assert done.code == 2
    assert "[EDGE-02301]" in done.err


@pytest.fixture
def nothing_yet(user: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The places of the models and of the emulated devices of somebody who has none."""
    places = {"EDGESDK_STORE": user / "fresh", "EDGESDK_STATE": user / "fresh-state"}
    for name, place in places.items():
        monkeypatch.setenv(name, str(place))
    return list(places.values())


@pytest.mark.parametrize(
    "device", ["cpu:", "emu:fpga", "emu:nand", "emu:mcu", "serial:/dev/none", "ssh://nobody/cpu:"]
)
def test_looking_for_models_makes_nothing(device: str, nothing_yet: list[Path]) -> None:
    """Not even a store: a device that nobody deployed to has no model."""
    asked = BashComplete(program, {}, "edgesdk", "_EDGESDK_COMPLETE")
    found = asked.get_completions(["run", "--device", device], "")
    assert [(item.type, item.value) for item in found] == [("file", "")]
    assert not [place for place in nothing_yet if place.exists()]


def test_a_shell_hears_no_more_than_it_asked_for(
    nothing_yet: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMP_WORDS", "edgesdk run --device serial:/dev/none ")
    monkeypatch.setenv("COMP_CWORD", "4")
    monkeypatch.setenv("_EDGESDK_COMPLETE", "bash_complete")
    done = subprocess.run(["edgesdk"], capture_output=True, text=True, check=True, timeout=30)
    assert (done.stdout.strip(), done.stderr) == ("file,", "")
