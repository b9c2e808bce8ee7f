"""The accelerator's registers, from their one specification: ``regs.toml``."""

from __future__ import annotations

from .spec import (
    BLOCKS,
    FLAG,
    MAP_VERSION,
    NUMERIC_VERSION,
    OPERATION,
    STATUS,
    WEIGHT_VERSION,
    Block,
    Register,
)

__all__ = [
    "BLOCKS",
    "FLAG",
    "MAP_VERSION",
    "NUMERIC_VERSION",
    "OPERATION",
    "STATUS",
    "WEIGHT_VERSION",
    "Block",
    "Register",
]
