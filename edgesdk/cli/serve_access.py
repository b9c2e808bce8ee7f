"""Who may use a server: keys, and the names that it answers to."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path

from ..errors import UsageError

_LOCAL = ("localhost", "127.0.0.1", "::1")


def is_local(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def allowed_hosts(host: str, others: Iterable[str]) -> tuple[str, ...]:
    """What a request's Host header may say; empty for anything.

    A server for this machine alone answers to this machine's names alone: otherwise a web page
    could reach it from a browser here, under a name of its own that leads to 127.0.0.1.
    """
    named = tuple(one.lower() for one in others)
    if not is_local(host) and not named:
        return ()
    return (*_LOCAL, host.lower(), *named)


def read_keys(key: str | None, file: Path | None) -> tuple[str, ...]:
    """The keys of both options. Raises ``UsageError`` (EDGE-02158, EDGE-02159)."""
    keys = [] if key is None else [key]
    if file is not None:
        try:
            keys += filter(None, map(str.strip, file.read_text("utf-8").splitlines()))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            raise UsageError(
                "Cannot read the keys", evidence=f"{file}: {reason}", code=158
            ) from None
    if (key is not None or file is not None) and not keys:
        raise UsageError("There is no key in the file", evidence=str(file), code=158)
    for one in keys:
        if not one or not all("!" <= letter <= "~" for letter in one):
            raise UsageError(
                "A key must be of printable ASCII characters, without spaces",
                next_step="For example: openssl rand -hex 24",
                code=159,
            )
    return tuple(keys)
