"""The table of commands, their help, and completion."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import click
import pytest

from edgesdk.cli import COMMANDS, program

from .conftest import Outcome


def load(name: str) -> click.Command:
    found = program.get_command(click.Context(program), name)
    assert found is not None
    return found


def leaves() -> Iterator[tuple[str, click.Command]]:
    for name in COMMANDS:
        found = load(name)
        yield name, found
        if isinstance(found, click.Group):
            yield from ((f"{name} {sub}", found.commands[sub]) for sub in found.commands)


LEAVES = dict(leaves())


def test_the_table_lists_what_the_design_names() -> None:
    assert (
        list(COMMANDS)
        == (
            "devices doctor compile inspect check deploy rollback run generate chat serve bench "
            "predict monitor emulator agent keys completion version"
        ).split()
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_table_is_the_commands_own(name: str) -> None:
    assert load(name).get_short_help_str(limit=200) == COMMANDS[name]


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_has_the_common_options_and_helps(
    edge: Callable[..., Outcome], name: str
) -> None:
    if not isinstance(LEAVES[name], click.Group):
        flags = {flag for parameter in LEAVES[name].params for flag in parameter.opts}
        assert {"--json", "--quiet", "--verbose"} <= flags
    done = edge(*name.split(), "--help")
    assert done.code == 0
    assert done.err == ""
    assert f"Usage: edgesdk {name}" in done.out
    for parameter in LEAVES[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts}"


def test_help_imports_no_command() -> None:
    code = (
        "import sys, edgesdk.cli\n"
        "try: edgesdk.cli.main(['--help'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert 'Commands:' and not {f'edgesdk.cli.{n}' for n in edgesdk.cli.COMMANDS} & "
        "set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(line in done.stdout for line in COMMANDS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(edge: Callable[..., Outcome], shell: str) -> None:
    done = edge("completion", shell)
    assert done.code == 0
    assert "_EDGESDK_COMPLETE" in done.out
    assert edge("completion", shell, "--json").json["script"].strip() == done.out.strip()


def test_completion_completes_commands_and_options(edge_process: Callable[..., Outcome]) -> None:
    import os

    def complete(words: str, index: int) -> str:
        settings = {"COMP_WORDS": words, "COMP_CWORD": str(index)}
        done = subprocess.run(
            [sys.executable, "-c", "import edgesdk.cli as c; c.main()"],
            env={**os.environ, "_EDGESDK_COMPLETE": "bash_complete", **settings},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert "plain,deploy" in complete("edgesdk de", 1)
    assert "plain,--security-counter" in complete("edgesdk compile --se", 2)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["bogus"],
        ["--bogus"],
        ["deploy"],
        ["deploy", "a.edge", "b"],
        ["completion", "tcsh"],
        ["keys"],
        ["compile", "m.onnx"],
        ["bench", "a", "--runs", "0"],
    ],
)
def test_a_wrong_command_line_is_a_usage_error(
    edge: Callable[..., Outcome], arguments: list[str]
) -> None:
    done = edge(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert "[EDGE-0201]" in done.err
    assert "--help'" in done.err
    as_json = edge(*arguments, "--json")
    assert as_json.code == 2
    assert as_json.json["error"]["id"] == "EDGE-0201"


def test_the_version(edge: Callable[..., Outcome], edge_process: Callable[..., Outcome]) -> None:
    from edgesdk import __version__

    assert edge("version").out == f"{__version__}\n"
    assert edge_process("version", "--json").json["version"] == __version__
