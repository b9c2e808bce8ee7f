"""The version of edgesdk, as its distribution has it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("edgesdk")
except PackageNotFoundError:  # run from a source folder that was never installed
    __version__ = "0+unknown"
