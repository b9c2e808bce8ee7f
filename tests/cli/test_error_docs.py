"""``docs/errors.md`` has a section for every id that the source can raise, and for no other."""

from __future__ import annotations

import re

from .error_ids import ROOT, error_ids

DOCUMENTED = re.findall(r"^## (EDGE-\d{4,5})$", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
OF_THE_SEAM = {"EDGE-0208", "EDGE-0209"}  # it asks every backend for these


def test_every_id_has_a_section() -> None:
    missing = {key: places for key, places in error_ids().items() if key not in DOCUMENTED}
    assert not missing


def test_no_section_is_left_over_or_twice() -> None:
    assert set(DOCUMENTED) - set(error_ids()) == set()
    assert sorted(DOCUMENTED, key=_place) == DOCUMENTED
    assert len(set(DOCUMENTED)) == len(DOCUMENTED)


def _place(identity: str) -> tuple[int, int]:
    """The exit code, and the number within it."""
    digits = identity.removeprefix("EDGE-")
    return int(digits[:2]), int(digits[2:])


def test_every_section_says_something() -> None:
    text = (ROOT / "docs/errors.md").read_text()
    sections = re.split(r"^##? .*$", text, flags=re.MULTILINE)[2:]
    assert all(len(body.split()) >= 5 for body in sections if body.strip())
    assert sum(bool(body.strip()) for body in sections) >= len(DOCUMENTED)


def test_no_id_means_two_things() -> None:
    """One id is raised in one room only: two rooms that took the same number would not know."""
    rooms = {
        key: {"/".join(place.split(":")[0].split("/")[:2]) for place in places if "/" in place}
        for key, places in error_ids().items()
    }
    shared = {
        key: found for key, found in rooms.items() if len(found) > 1 and key not in OF_THE_SEAM
    }
    assert not shared
