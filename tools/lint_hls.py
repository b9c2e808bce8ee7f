"""Lint the HLS kernels: python tools/lint_hls.py [FILE.hpp ...].

No compiler but Vitis HLS reads its pragmas, so a wrong one goes unseen until a build of hours. This
reads the kernels as synthesis would, and says what it would refuse or turn into bad hardware:

  pragma     unknown, with an unknown option, in the wrong place, of a variable that is not there
  bound      a loop whose count is neither a constant nor stated
  loop       an innermost loop that is neither pipelined nor unrolled
  dataflow   control flow or computing between processes, a loop around them that does not just
             count or is not alone, pointers to queues
  forbidden  heap, exceptions, virtual calls, recursion, doubles, the standard library
  division   / or % by a number of run time
  float      float arithmetic outside float32.hpp
  bits       bits selected outside types.hpp
  interface  the top function's arguments and ports against regs.toml

A comment ``// lint allows RULE: reason`` on the line, or on the one before, lets one pass.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from edgesdk import toml

sys.path.insert(0, str(Path(__file__).parent))
from hls_lint import calls, dataflow, floats, forbidden, interface, loops, placement
from hls_lint.finding import Finding
from hls_lint.syntax import Syntax
from hls_lint.tokens import macros, tokens

ROOT = Path(__file__).resolve().parent.parent
KERNELS = ROOT / "hls" / "kernels"
REGISTERS = ROOT / "backends" / "fpga" / "regs.toml"
_ALLOWED = re.compile(r"//\s*lint allows (\w+): \S")


def lint(sources: Mapping[str, str], expected: Sequence[interface.Argument]) -> list[str]:
    """``file:line: rule: what`` for each finding; `sources` are texts by file name."""
    defined = set().union(*(macros(text) for text in sources.values()))
    files = {name: Syntax(tokens(text, defined)) for name, text in sources.items()}
    found = sorted(
        (name, finding.line, finding.rule, finding.text)
        for name, finding in set(_findings(files, expected))
        if not _allowed(sources[name], finding)
    )
    return [f"{name}:{line}: {rule}: {text}" for name, line, rule, text in found]


def _findings(
    files: Mapping[str, Syntax], expected: Sequence[interface.Argument]
) -> Iterator[tuple[str, Finding]]:
    returns_float, looping = floats.floating(files), calls.looping(files)
    for name, syntax in files.items():
        for finding in (
            *placement.check(syntax),
            *loops.check(syntax, looping),
            *dataflow.check(syntax),
            *forbidden.check(syntax, Path(name).name),
            *floats.check(syntax, Path(name).name, returns_float),
        ):
            yield name, finding
    yield from forbidden.recursion(files)
    yield from interface.check(files, expected)


def _allowed(source: str, finding: Finding) -> bool:
    lines = source.split("\n")[max(0, finding.line - 2) : finding.line]
    return any(match[1] == finding.rule for line in lines for match in _ALLOWED.finditer(line))


def kernels() -> dict[str, str]:
    """The text of every kernel, by file name."""
    return {path.name: path.read_text() for path in sorted(KERNELS.glob("*.[hc]pp"))}


def registers() -> list[interface.Argument]:
    """The arguments that the register map wants."""
    return interface.arguments(toml.loads(REGISTERS.read_text()))


def main() -> None:
    """Print the findings; fail where there are any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, help="default: hls/kernels")
    chosen = parser.parse_args()
    try:
        sources = {str(path): path.read_text() for path in chosen.files} or kernels()
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"lint_hls: {error}")
    found = lint(sources, registers())
    print("\n".join(found) or f"{len(sources)} kernels, nothing found")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
