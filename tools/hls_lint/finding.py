"""What a rule says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that synthesis would refuse, or turn into hardware that nobody wants."""

    line: int
    rule: str
    text: str
