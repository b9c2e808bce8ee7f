"""Fetch monocypher (BSD-2-Clause or CC0): python tools/fetch_monocypher.py.

The boot stage and the application verify Ed25519 signatures with it. Only monocypher.c and
monocypher.h are taken, from an archive whose SHA-256 is pinned here, into build/monocypher.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "build" / "monocypher"
FILES = ("monocypher.c", "monocypher.h")
PACKAGE, VERSION = "pymonocypher", "4.0.3.4"
SHA256 = "5e56e3d3eb770a53e0b9f6274146663c11a11f3d0de5cd48e3be0428d1b07a4a"


def fetch(folder: Path = FOLDER) -> Path:
    """The folder with monocypher's two files, fetched once."""
    if all((folder / name).is_file() for name in FILES):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        archive = _download(Path(name))
        with tarfile.open(archive) as opened:
            for file in FILES:
                member = opened.extractfile(f"{PACKAGE}-{VERSION}/{file}")
                assert member is not None
                written = Path(name) / file
                written.write_bytes(member.read())
                written.replace(folder / file)  # somebody else may be building from it
    return folder


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    # The C in it has nothing to do with the Pythons that the package is for.
    command += ["--no-binary", ":all:", "--no-build-isolation", "--ignore-requires-python"]
    command += ["--dest", str(folder), f"{PACKAGE}=={VERSION}"]
    subprocess.run(command, check=True)
    [archive] = folder.glob("*.tar.gz")
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{archive.name} has SHA-256 {found}, not the pinned {SHA256}")
    return archive


if __name__ == "__main__":
    print(fetch())
