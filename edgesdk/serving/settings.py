"""The limits of a server, and what it asks of those who come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Every limit. Times are in seconds.

    ``name``: the model, as the interface calls it. ``queue``: requests that may wait, beside the
    one at work. ``timeout``: for one request, waiting included. ``body_timeout``: for its body to
    arrive. ``write_timeout``: how long a client may take nothing of what is sent.
    ``hosts``: what the Host header may say; empty for anything. ``keys``: those that open ``/v1``
    and ``/metrics``; empty for no key at all.
    """

    name: str
    queue: int = 32
    timeout: float = 300.0
    max_body: int = 1024 * 1024
    max_tokens: int | None = None
    body_timeout: float = 30.0
    header_timeout: float = 10.0
    write_timeout: float = 20.0
    connections: int = 256
    reopen_after: float = 5.0
    keys: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
