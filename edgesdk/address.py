"""Device addresses: one string names one device, everywhere.

``scheme:rest?key=value&key=value``, for example ``cpu:``, ``cpu:?threads=2``,
``serial:/dev/ttyACM0``, ``emu:mcu``, ``socket://127.0.0.1:4000``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from .errors import UsageError
from .likely import likely_address

EXAMPLES = "cpu:, serial:/dev/ttyACM0 or emu:mcu"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,31}")
_LONGEST = 4096  # characters; a path is at most this long on Linux


@dataclass(frozen=True)
class Address:
    """One parsed address; ``str()`` gives the text back in its normal form."""

    scheme: str
    rest: str = ""
    options: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Address:
        """Parse an address. Raises ``UsageError`` (EDGE-0206) when it is none."""
        scheme, colon, tail = text.partition(":")
        if len(text) > _LONGEST or not colon or not _SCHEME.fullmatch(scheme):
            raise _bad(text, "an address begins with a scheme and a colon")
        if not _is_unicode(text):
            raise _bad(text, "it is not UTF-8")
        rest, _, query = tail.partition("?")
        pairs = [_option(text, pair) for pair in query.split("&")] if query else []
        if len(dict(pairs)) != len(pairs):
            raise _bad(text, "an option is given twice")
        return cls(scheme, rest, dict(pairs))

    def __str__(self) -> str:
        query = "&".join(f"{key}={_quoted(value)}" for key, value in self.options.items())
        return f"{self.scheme}:{self.rest}" + (f"?{query}" if query else "")


def _option(text: str, pair: str) -> tuple[str, str]:
    """``key=value``, percent-encoded where need be; a plus is a plus."""
    key, equals, value = pair.partition("=")
    if not key or not equals:
        raise _bad(text, f"{pair[:40]!r} is not key=value")
    try:
        return key, unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise _bad(text, f"{pair[:40]!r} is not UTF-8") from None


def _quoted(value: str) -> str:
    return quote(value, safe="/:,+", errors="backslashreplace")  # messages show any address


def _is_unicode(text: str) -> bool:
    """Bytes of a command line that are no UTF-8 come as halves of surrogate pairs."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bad(text: str, why: str) -> UsageError:
    meant = likely_address(text) if _is_unicode(text) else ""
    return UsageError(
        f"{text[:80]!r} is not a device address",
        evidence=why,
        next_step=(f"Did you mean {meant}? " if meant else "")
        + f"Addresses look like {EXAMPLES}; 'edgesdk devices' lists those at hand",
        code=6,
    )
