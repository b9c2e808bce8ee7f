"""Builds the native library beside the Python code, without needing Python's own headers.

All C sources of ``firmware/lib`` become one plain shared library, ``edgesdk/_native.so``; the
declarations between ``/* cffi:begin */`` and ``/* cffi:end */`` of their headers become
``edgesdk/_native_abi.py`` (cffi, out of line, ABI mode). ``CC`` and ``CFLAGS`` are honoured.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

from cffi import FFI
from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent.resolve()
LIB = ROOT / "firmware" / "lib"
TABLE_MAKER = LIB / "make_tables.c"
FLAGS = ["-std=c99", "-O2", "-ffp-contract=off", "-Wall", "-Wextra"]  # tests add -Werror


def compile_c(*arguments: str | Path) -> None:
    """Run the C compiler with the project's flags, then the user's."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    user_flags = shlex.split(os.environ.get("CFLAGS", ""))
    command = [*compiler, *FLAGS, *user_flags, *map(str, arguments)]
    try:
        subprocess.run(command, check=True)
    except FileNotFoundError:
        raise SystemExit(f"edgesdk needs a C compiler, and {compiler[0]} is not there") from None


def make_tables(folder: Path) -> None:
    """Compile and run the table maker: writes ``logmel_tables.h`` into the folder."""
    maker = folder / "make_tables"
    compile_c(TABLE_MAKER, "-o", maker, "-lm")
    tables = subprocess.run([maker], check=True, capture_output=True).stdout
    (folder / "logmel_tables.h").write_bytes(tables)


def build_library(target: Path) -> None:
    """Compile every C source into one shared library; a reader sees the old one or the new."""
    sources = sorted(path for path in LIB.rglob("*.c") if path != TABLE_MAKER)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        folder = Path(name)
        make_tables(folder)
        built = folder / target.name
        compile_c("-fPIC", "-shared", f"-I{LIB}", f"-I{folder}", *sources, "-o", built, "-lm")
        built.replace(target)


def declarations() -> str:
    """The C declarations that the public headers mark for cffi."""
    marked = re.compile(r"/\* cffi:begin \*/(.*?)/\* cffi:end \*/", re.DOTALL)
    headers = sorted(LIB.rglob("*.h"))
    return "\n".join(part for header in headers for part in marked.findall(header.read_text()))


def write_abi(target: Path) -> None:
    """Write the Python module that describes the library to cffi."""
    ffi = FFI()
    ffi.cdef(declarations())
    ffi.set_source("edgesdk._native_abi", None)
    ffi.emit_python_code(str(target))


class BuildPy(build_py):
    """Adds the native library to the package: in the source tree where the install is editable."""

    def run(self) -> None:
        super().run()
        built = Path(self.build_lib) / "edgesdk"
        package = ROOT / "edgesdk" if self.editable_mode else built
        build_library(package / "_native.so")
        write_abi(package / "_native_abi.py")


class BinaryDistribution(Distribution):
    """Says that the package is not the same on every platform."""

    def has_ext_modules(self) -> bool:
        return True


class BdistWheel(bdist_wheel):
    """A wheel for one platform and every Python 3: the library knows nothing of Python."""

    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", super().get_tag()[2]


setup(
    distclass=BinaryDistribution,
    cmdclass={"build_py": BuildPy, "bdist_wheel": BdistWheel},
)
