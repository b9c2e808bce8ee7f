"""Arrays from .npy, .npz and .csv files. Nothing is ever unpickled."""

from __future__ import annotations

import csv
import io
import re
import sys
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ...errors import UsageError
from ...nearest import did_you_mean_file
from ...tensors import Array

LARGEST = 1 << 30  # bytes of one input file; a guard against the wrong file, not a limit of ours


def read_bytes(path: Path) -> bytes:
    """A whole input file, ``-`` being stdin. Raises ``UsageError`` (EDGE-0222)."""
    try:
        if str(path) == "-":
            data = standard_input().read(LARGEST + 1)
        else:
            with path.open("rb") as stream:
                data = stream.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(
            f"Cannot read the input file {path}",
            evidence=error.strerror or str(error),
            next_step=did_you_mean_file(path, "Look what the file is called")
            or "See that it is a file, and yours to read",
            code=22,
        ) from None
    if len(data) > LARGEST:
        raise UsageError(
            f"The input file {path} is larger than {LARGEST} bytes",
            next_step="Give it in parts",
            code=22,
        )
    return data


def standard_input() -> BinaryIO:
    """Stdin's bytes. Raises ``OSError`` where the caller has closed it: Python has none then."""
    if sys.stdin is None:
        raise OSError(0, "stdin is closed")
    return sys.stdin.buffer


def unreadable(path: Path, why: object) -> UsageError:
    """The error for a file whose content is not what its name says (EDGE-0223)."""
    return UsageError(
        f"{path.name} is not a well-formed {path.suffix.lstrip('.') or 'npy'} file",
        evidence=str(why),
        next_step="Save it again, or give it the ending of what it is",
        code=23,
    )


def read_npy(path: Path) -> Array:
    """One array."""
    loaded = _load(path)
    if not isinstance(loaded, np.ndarray):
        raise unreadable(path, "it is an .npz archive by its content")
    return loaded


def read_npz(path: Path) -> dict[str, Array]:
    """The arrays of an archive, by name."""
    loaded = _load(path)
    if isinstance(loaded, np.ndarray):
        raise unreadable(path, "it is an .npy array by its content")
    try:
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except (ValueError, OSError, EOFError, MemoryError, zipfile.BadZipFile, KeyError) as error:
        raise unreadable(path, error) from None


def read_csv(path: Path) -> Array:
    """Numbers separated by commas and lines: int64 when all are whole, else float64.

    Lines of one length give [lines, numbers], one line gives [numbers], others are strung together.
    A first line of names, none of them a number, is passed over.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
        rows = [[cell for cell in row if cell.strip()] for row in csv.reader(io.StringIO(text))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise unreadable(path, error) from None
    first = 1 if len(rows) > 1 and _are_names(rows[0]) else 0
    numbers = [
        _numbers(path, line + 1, row) for line, row in enumerate(rows) if row and line >= first
    ]
    if not numbers:
        raise unreadable(path, "it holds no numbers")
    flat = [value for row in numbers for value in row]
    array = np.array(flat, np.int64 if all(isinstance(v, int) for v in flat) else np.float64)
    width = len(numbers[0])
    if len(numbers) > 1 and all(len(row) == width for row in numbers):
        return array.reshape(len(numbers), width)
    return array


def _are_names(row: list[str]) -> bool:
    """Whether no cell is a number."""
    return (
        bool(row) and all(re.match(r"\s*[A-Za-z_]", cell) for cell in row) and not _has_number(row)
    )


def _has_number(row: list[str]) -> bool:
    """NaN and inf are numbers, although they look like names."""
    return any(cell.strip().lower().lstrip("+-") in {"nan", "inf", "infinity"} for cell in row)


def _numbers(path: Path, line: int, row: list[str]) -> list[int | float]:
    try:
        return [_number(cell.strip()) for cell in row]
    except ValueError as error:
        raise unreadable(path, f"line {line}: {error}") from None


def _number(cell: str) -> int | float:
    try:
        value = int(cell)
    except ValueError:
        return float(cell)
    return value if -(2**63) <= value < 2**63 else float(value)


def _load(path: Path) -> Any:
    data = read_bytes(path)
    if not data.startswith((b"\x93NUMPY", b"PK")):
        raise unreadable(path, "it does not begin as numpy's files do")
    try:
        return np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        raise unreadable(path, error) from None
