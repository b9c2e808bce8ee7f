"""Boards made of software: the firmware unchanged, in a process of its own, behind a link."""

from __future__ import annotations

from .emulator import BOARDS, Counts, Emulator
from .faults import TEARS, Faults
from .provision import boot_image, provision

__all__ = ["BOARDS", "TEARS", "Counts", "Emulator", "Faults", "boot_image", "provision"]
