"""Forms of the accelerator that are compiled when they are asked for, and kept.

A build lies in the state folder, or in the one that ``EDGESDK_BUILDS`` names, under a name with the
hash of all that it was made of: a change of a source or a flag makes a new one. Needs a source
tree: no package brings ``hls/``.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from edgesdk.config import state_folder
from edgesdk.errors import InternalFault, MissingExtra, NoDevice

from .build_turn import turn
from .shared_library import SharedLibraryEngine, shipped_engine

HLS = Path(__file__).parents[3] / "hls"
# As setup.py has them.
FLAGS = (
    *("-std=c++17", "-O3", "-fvisibility=hidden", "-ffp-contract=off"),
    *("-Wall", "-Wextra", "-Wno-unknown-pragmas"),
)
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
# The vendor's headers read their own fields before they are set, which costs nothing but warnings.
AP_INT = (
    "-DEDGE_AP",
    "-Wno-uninitialized",
    "-Wno-maybe-uninitialized",
    "-Wno-unknown-warning-option",
)
SECONDS = 300  # for one run of a compiler
_LINES = 12  # of a compiler's complaint


def open_build(name: str) -> SharedLibraryEngine:
    """The engine "native" or "checked", which the install brings, or "ap_int", built if needed."""
    if name == "ap_int":
        return SharedLibraryEngine(ap_int_library())
    return shipped_engine(name)


def engine_library(*flags: str, compiler: str | None = None) -> Path:
    """The engine with some more flags, as a shared library."""
    sources = engine_sources()
    folders = ("emulator", "kernels")
    includes = [f"-I{HLS / folder}" for folder in folders]
    options = ("-fPIC", "-shared", "-pthread", *flags, *includes)
    headers = [path for folder in folders for path in sorted((HLS / folder).glob("*.h*"))]
    command = [*cpp_compiler(compiler), *FLAGS, *options]
    ingredients = [*map(str.encode, command), *(path.read_bytes() for path in sources + headers)]

    def make(folder: Path) -> None:
        run([*command, *map(str, sources), "-o", str(folder / "engine.so")], "The C++ compiler")

    return cached("engine", ingredients, make) / "engine.so"


def ap_int_library(compiler: str | None = None) -> Path:
    """The engine with the vendor's integers of arbitrary width: slow, and the reference.

    Raises ``NoDevice`` (EDGE-0321) without a source tree, ``MissingExtra`` without the headers.
    """
    engine_sources()  # where there are none, the headers would not help
    return engine_library(*AP_INT, "-isystem", str(ap_int_headers()), compiler=compiler)


def engine_sources() -> list[Path]:
    """What the engine is compiled of. Raises ``NoDevice`` (EDGE-0321) without a source tree."""
    found = [
        path for part in ("emulator", "kernels") for path in sorted((HLS / part).glob("*.cpp"))
    ]
    if not found:
        raise NoDevice(
            "This engine of the FPGA emulator is compiled from source, and there is none",
            evidence=f"{HLS} has no sources: edgesdk was installed as a package",
            next_step="Use emu:fpga?engine=native or checked, or install from a source tree: "
            "pip install -e .",
            code=21,
        )
    return found


def ap_int_headers() -> Path:
    """Where hls4ml brings the vendor's headers; it is only looked at, never imported.

    Raises ``MissingExtra`` where it is not installed.
    """
    found = find_spec("hls4ml")
    if found is None or found.origin is None:
        raise MissingExtra("hls4ml", "dev")
    headers = Path(found.origin).parent / "templates" / "vivado" / "ap_types"
    if not (headers / "ap_int.h").is_file():
        raise MissingExtra("hls4ml (a version with ap_types)", "dev")
    return headers


def cpp_compiler(compiler: str | None = None) -> list[str]:
    """The command of the C++ compiler: the given one, else ``CXX``, else ``c++``."""
    return shlex.split(compiler or os.environ.get("CXX") or "c++")


def cached(name: str, ingredients: Iterable[bytes], make: Callable[[Path], None]) -> Path:
    """A folder that ``make`` filled once from these ingredients; others find it whole or not.

    Who comes while it is being filled waits for that, instead of doing the same work beside it.

    Raises ``NoDevice`` (EDGE-0323) where nothing can be written.
    """
    digest = hashlib.sha256()
    for part in ingredients:
        digest.update(len(part).to_bytes(8, "little") + part)
    kept = Path(os.environ.get("EDGESDK_BUILDS") or state_folder() / "fpga-builds")
    folder = kept / f"{name}-{digest.hexdigest()[:20]}"
    if not folder.is_dir():
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with turn(folder):
                if not folder.is_dir():
                    _fill(folder, make)
        except OSError as error:
            raise NoDevice(
                "There is no place to keep what this engine of the FPGA emulator is compiled to",
                evidence=str(error),
                next_step="Let EDGESDK_STATE name a folder that can be written, with room in it",
                code=23,
            ) from error
    return folder


def _fill(folder: Path, make: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        make(made)
        try:
            made.rename(folder)
        except OSError:  # somebody else was faster, and made the same
            if not folder.is_dir():
                raise


def run(command: Sequence[str], program: str) -> None:
    """Run a compiler. Raises ``NoDevice`` (EDGE-0320) if absent, ``InternalFault`` (EDGE-0161)."""
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            command, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False
        )
    except (FileNotFoundError, PermissionError) as error:
        raise NoDevice(
            "This engine of the FPGA emulator is compiled when it is first used, and that needs "
            "a program which is not there",
            evidence=f"{program}: {command[0]}: {error.strerror}",
            next_step="Install it, or use emu:fpga?engine=native; CXX may name a C++ compiler",
            code=20,
        ) from error
    except subprocess.TimeoutExpired as error:
        raise _failed(program, f"it did not end within {SECONDS} s") from error
    if done.returncode != 0:
        complaint = (done.stderr or done.stdout).strip().splitlines()[:_LINES]
        raise _failed(program, "\n  ".join(complaint) or f"it ended with {done.returncode}")


def _failed(program: str, evidence: str) -> InternalFault:
    return InternalFault(
        "An engine of the FPGA emulator does not compile",
        evidence=f"{program}: {evidence}",
        next_step="Use emu:fpga?engine=native, and please report it with the compiler's version",
        code=61,
    )
