"""Builds the native library beside the Python code, without needing Python's own headers.

All C sources of ``firmware/lib`` become one plain shared library, ``edgesdk/_native.so``; the
declarations between ``/* cffi:begin */`` and ``/* cffi:end */`` of their headers become
``edgesdk/_native_abi.py`` (cffi, out of line, ABI mode), with the number of each kernel that
``operators.def`` lists as ``EDGE_KIND_name``. ``CC`` and ``CFLAGS`` are honoured. After a change of
C in a source tree: ``python setup.py -q native``.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from cffi import FFI
from setuptools import Command, Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent.resolve()
LIB = ROOT / "firmware" / "lib"
TABLE_MAKER = LIB / "make_tables.c"
# The image group stands on firmware/secure, which no host needs.
NOT_FOR_HOSTS = {TABLE_MAKER, *LIB.glob("smp/image_*.c")}
FLAGS = ["-std=c11", "-O2", "-ffp-contract=off", "-Wall", "-Wextra"]  # tests add -Werror


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
    sources = sorted(path for path in LIB.rglob("*.c") if path not in NOT_FOR_HOSTS)
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
    parts = [part for header in headers for part in marked.findall(header.read_text())]
    return "\n".join([*parts, kernel_numbers()])


def kernel_numbers() -> str:
    """The kernels' record kinds, which the preprocessor makes nothing of that cffi could read."""
    entry = re.compile(r"^EDGE_OPERATOR(?:_DSP)?\((\d+), (\w+)\)", re.MULTILINE)
    found = entry.findall((LIB / "nn" / "operators.def").read_text())
    return "\n".join(f"#define EDGE_KIND_{name} {number}" for number, name in found)


def write_abi(target: Path) -> None:
    """Write the Python module that describes the library to cffi."""
    ffi = FFI()
    ffi.cdef(declarations())
    ffi.set_source("edgesdk._native_abi", None)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        written = Path(name) / target.name
        with redirect_stdout(StringIO()):  # it tells which file it writes
            ffi.emit_python_code(str(written))
        written.replace(target)


def build_native(package: Path) -> None:
    """Put the library and its description into a package folder."""
    build_library(package / "_native.so")
    write_abi(package / "_native_abi.py")


class Native(Command):
    """Builds the native library in the source tree, and nothing else."""

    description = "build the native library in place"
    user_options: list[tuple[str, str | None, str]] = []  # noqa: RUF012 - as setuptools has it

    def initialize_options(self) -> None:
        pass

    def finalize_options(self) -> None:
        pass

    def run(self) -> None:
        build_native(ROOT / "edgesdk")


class BuildPy(build_py):
    """Adds the native library to the package: in the source tree where the install is editable."""

    def run(self) -> None:
        super().run()
        built = Path(self.build_lib) / "edgesdk"
        build_native(ROOT / "edgesdk" if self.editable_mode else built)


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
    cmdclass={"build_py": BuildPy, "native": Native, "bdist_wheel": BdistWheel},
)
