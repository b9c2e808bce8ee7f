"""Microcontrollers over serial: planner, SMP client, emulators, and the device they serve."""

from __future__ import annotations

from .backend import McuBackend

backend = McuBackend()

__all__ = ["McuBackend", "backend"]
