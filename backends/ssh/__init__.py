"""Boards at a distance: OpenSSH to the board, ``edgesdk agent`` there, its devices as ours."""

from __future__ import annotations

from .backend import SshBackend

backend = SshBackend()

__all__ = ["SshBackend", "backend"]
