"""Builds the native libraries beside the Python code, without needing Python's own headers.

``LIBRARIES`` lists them: the C or C++ sources of a folder become one plain shared library in a
package, and the declarations between ``/* cffi:begin */`` and ``/* cffi:end */`` of their headers
become a module beside it (cffi, out of line, ABI mode). ``CC``, ``CFLAGS``, ``CXX`` and
``CXXFLAGS`` are honoured. After a change of C in a source tree: ``python setup.py -q native``.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

from cffi import FFI
from setuptools import Command, Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.resolve()
LIB = ROOT / "firmware" / "lib"
HLS = ROOT / "hls"
BACKENDS = ROOT / "backends"
TABLE_MAKER = LIB / "make_tables.c"
# The image group stands on firmware/secure, which no host needs.
NOT_FOR_HOSTS = {TABLE_MAKER, *LIB.glob("smp/image_*.c")}


COMMON = ["-ffp-contract=off", "-Wall", "-Wextra"]  # tests add -Werror


@dataclass(frozen=True)
class Language:
    """How a language is compiled: where its compiler and the user's flags are named, our flags."""

    suffix: str
    compiler: str  # the environment's variable
    default: str
    user_flags: str  # the environment's variable
    flags: tuple[str, ...]


C = Language(".c", "CC", "cc", "CFLAGS", ("-std=c11", "-O2", *COMMON))
# -O3 makes vectors of the emulator's loops; no compiler but Vitis knows the pragmas. Hidden, since
# libraries in one process would otherwise share the variables that their headers define.
CPP_FLAGS = ("-std=c++17", "-O3", "-fvisibility=hidden", *COMMON, "-Wno-unknown-pragmas")
CPP = Language(".cpp", "CXX", "c++", "CXXFLAGS", CPP_FLAGS)


@dataclass(frozen=True)
class Library:
    """A native library: the folder of its sources, the package that it goes to, its name there.

    ``abi`` is its description's module there, if not ``<name>_abi``; ``more`` are folders with
    sources and headers besides, whose declarations are not for cffi.
    """

    sources: Path
    package: str
    name: str
    abi: str = ""
    more: tuple[Path, ...] = ()
    language: Language = C
    defines: tuple[str, ...] = ()


FPGA = Library(
    HLS / "emulator",
    "edgesdk_backends.fpga",
    "_native",
    abi="_engine_abi",
    more=(HLS / "kernels",),
    language=CPP,
)
LIBRARIES = (
    Library(LIB, "edgesdk", "_native"),
    Library(ROOT / "backends" / "cpu" / "native", "edgesdk_backends.cpu", "_decoder"),
    FPGA,
    replace(FPGA, name="_checked", defines=("-DEDGE_CHECK",)),
    Library(ROOT / "backends" / "cpu" / "native", "edgesdk_backends.fpga", "_host_kernels"),
    Library(ROOT / "backends" / "nand" / "native", "edgesdk_backends.nand", "_kernels"),
)


def in_source(package: str) -> Path:
    """The folder of a package in the source tree."""
    top, *rest = package.split(".")
    return ROOT.joinpath({"edgesdk": "edgesdk", "edgesdk_backends": "backends"}[top], *rest)


def compile_with(language: Language, *arguments: str | Path) -> None:
    """Run a compiler with the project's flags, then the user's."""
    compiler = shlex.split(os.environ.get(language.compiler, language.default))
    user_flags = shlex.split(os.environ.get(language.user_flags, ""))
    command = [*compiler, *language.flags, *user_flags, *map(str, arguments)]
    try:
        subprocess.run(command, check=True)
    except FileNotFoundError:
        raise SystemExit(
            f"edgesdk needs a compiler of {language.suffix} files, and {compiler[0]} is not there; "
            f"{language.compiler} may name another (Debian, Ubuntu: sudo apt-get install g++)"
        ) from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{compiler[0]} refuses edgesdk's sources: {error.returncode}") from None


def make_tables(folder: Path) -> None:
    """Compile and run the table maker: writes ``logmel_tables.h`` into the folder."""
    maker = folder / "make_tables"
    compile_with(C, TABLE_MAKER, "-o", maker, "-lm")
    tables = subprocess.run([maker], check=True, capture_output=True).stdout
    (folder / "logmel_tables.h").write_bytes(tables)


def sources_of(library: Library) -> list[Path]:
    """Its C or C++ files, in the same order everywhere."""
    folders = (library.sources, *library.more)
    pattern = f"*{library.language.suffix}"
    found = [path for folder in folders for path in sorted(folder.rglob(pattern))]
    return [path for path in found if path not in NOT_FOR_HOSTS]


def build_library(library: Library, target: Path) -> None:
    """Compile every source into one shared library; a reader sees the old one or the new."""
    sources = sources_of(library)
    if not sources:
        raise SystemExit(f"{library.sources} has no sources: the source tree is not whole")
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        folder = Path(name)
        if TABLE_MAKER.is_relative_to(library.sources):
            make_tables(folder)
        built = folder / target.name
        includes = [f"-I{path}" for path in (library.sources, *library.more, folder)]
        options = ("-fPIC", "-shared", "-pthread", *library.defines, *includes)
        compile_with(library.language, *options, *sources, "-o", built, "-lm")
        built.replace(target)


def declarations(library: Library) -> str:
    """The C declarations that the public headers mark for cffi."""
    marked = re.compile(r"/\* cffi:begin \*/(.*?)/\* cffi:end \*/", re.DOTALL)
    headers = sorted(library.sources.rglob("*.h"))
    parts = [part for header in headers for part in marked.findall(header.read_text())]
    return "\n".join([*parts, kernel_numbers(library.sources / "nn" / "operators.def")])


def kernel_numbers(table: Path) -> str:
    """The number of each kernel that the table lists, as ``EDGE_KIND_name``.

    The preprocessor makes nothing of the table that cffi could read.
    """
    if not table.exists():
        return ""
    entry = re.compile(r"^EDGE_OPERATOR(?:_DSP)?\((\d+), (\w+)\)", re.MULTILINE)
    found = entry.findall(table.read_text())
    return "\n".join(f"#define EDGE_KIND_{name} {number}" for number, name in found)


def write_abi(library: Library, target: Path) -> None:
    """Write the Python module that describes the library to cffi."""
    ffi = FFI()
    ffi.cdef(declarations(library))
    ffi.set_source(f"{library.package}.{target.stem}", None)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        written = Path(name) / target.name
        with redirect_stdout(StringIO()):  # it tells which file it writes
            ffi.emit_python_code(str(written))
        written.replace(target)


def copy_library(built: Path, target: Path) -> None:
    """Put a library that is there already into another place; a reader sees the old or the new."""
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        shutil.copy(built, Path(name, target.name)).replace(target)


def build_native(package_folder: Callable[[str], Path]) -> None:
    """Put each library and its description into its package's folder."""
    built: dict[Library, Path] = {}  # by what they are compiled of and how
    copies: dict[Path, Path] = {}
    descriptions: dict[Path, Library] = {}
    for library in LIBRARIES:
        folder = package_folder(library.package)
        target = folder / f"{library.name}.so"
        first = built.setdefault(replace(library, package="", name="", abi=""), target)
        if first != target:
            copies[target] = first
        descriptions[folder / f"{library.abi or library.name + '_abi'}.py"] = library
    with ThreadPoolExecutor(os.cpu_count()) as compilers:
        list(compilers.map(build_library, built, built.values()))
    for target, first in copies.items():
        copy_library(first, target)
    for description, library in descriptions.items():
        write_abi(library, description)
    copy_toml(package_folder("edgesdk_backends.fpga"))


def copy_toml(folder: Path) -> None:
    """Write what a board reads as TOML in JSON too: its Python may have no reader of TOML."""
    for path in sorted(folder.rglob("*.toml")):
        content = json.dumps(tomllib.loads(path.read_text(encoding="utf-8")))
        path.with_name(f"{path.name}.json").write_text(content)


class Native(Command):
    """Builds the native library in the source tree, and nothing else."""

    description = "build the native library in place"
    user_options: list[tuple[str, str | None, str]] = []  # noqa: RUF012 - as setuptools has it

    def initialize_options(self) -> None:
        pass

    def finalize_options(self) -> None:
        pass

    def run(self) -> None:
        build_native(in_source)


class BuildPy(build_py):
    """Adds the native library to the package: in the source tree where the install is editable."""

    def run(self) -> None:
        if not self.editable_mode:  # what an earlier build left there would be shipped
            for name in self.distribution.package_dir:
                shutil.rmtree(Path(self.build_lib, name), ignore_errors=True)
        super().run()
        build_native(in_source if self.editable_mode else self._in_build)

    def _in_build(self, package: str) -> Path:
        return Path(self.build_lib, *package.split("."))


class BinaryDistribution(Distribution):
    """Says that the package is not the same on every platform."""

    def has_ext_modules(self) -> bool:
        return True


class BdistWheel(bdist_wheel):
    """A wheel for one platform and every Python 3: the library knows nothing of Python."""

    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", super().get_tag()[2]


def packages() -> list[str]:
    """Every folder of Python code, by its import name."""
    return [
        ".".join([name, *file.parent.relative_to(folder).parts])
        for name, folder in {"edgesdk": ROOT / "edgesdk", "edgesdk_backends": BACKENDS}.items()
        for file in sorted(folder.rglob("__init__.py"))
    ]


setup(
    packages=packages(),
    py_modules=["edgesdk_start"],
    distclass=BinaryDistribution,
    cmdclass={"build_py": BuildPy, "native": Native, "bdist_wheel": BdistWheel},
)
