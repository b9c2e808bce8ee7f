"""``docs/agent-protocol.md`` names every call with its arguments, and the numbers that hold."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, fields
from pathlib import Path

from edgesdk.agent import board, spool
from edgesdk.agent.calls import sensing as sensing_calls
from edgesdk.agent.calls.device import ABILITIES
from edgesdk.agent.calls.table import CALLS
from edgesdk.agent.wire import frames, messages, strict_cbor
from edgesdk.decoder.sampling import Sampling

TEXT = (Path(__file__).parents[2] / "docs" / "agent-protocol.md").read_text()
WORDS = " ".join(TEXT.split())


def rows(title: str) -> dict[str, str]:
    """The rows of a section's table: what is in the first cell, and the second cell."""
    section = TEXT.split(f"## {title}\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| (`.*?`) \| (.*) \|$", section, re.MULTILINE)
    return {name: cell for names, cell in found for name in re.findall("`(.*?)`", names)}


def test_the_table_has_every_call_and_its_arguments() -> None:
    table = rows("Calls")
    assert set(table) == set(CALLS)
    for call, (arguments, _) in CALLS.items():
        told = table[call] + (table["run"] if "as `run`" in table[call] else "")
        left, _, _ = told.partition("→")
        left += told if "as `run`" in told else ""
        missing = [f.name for f in fields(arguments) if f"`{f.name}`" not in left]
        assert not missing, call


def test_what_may_be_left_out_is_told_with_its_default() -> None:
    table = rows("Calls")
    for call, (arguments, _) in CALLS.items():
        for field in fields(arguments):
            if field.default is not MISSING:
                default = json.dumps(field.default)
                assert re.search(f"`{field.name}`: [a-z ]+ = {default}[ ;]", table[call]), call
    for field in fields(Sampling):
        default = "null" if field.default is None else f"{field.default:g}"
        assert f"`{field.name}` = {default}" in WORDS


def test_every_kind_of_frame_is_told() -> None:
    assert set(rows("Kinds of frame")) == set(messages._KINDS)


def test_every_ability_of_a_device_is_told() -> None:
    assert all(f"`{name}`" in rows("Calls")["connect"] for name in ABILITIES)


def test_the_numbers_are_those_of_the_code() -> None:
    for told in (
        f"1 to {frames.LARGEST:,} ",
        f"at most {strict_cbor.DEEPEST} levels",
        f"at most {strict_cbor.MOST_ITEMS:,} items",
        f"1 to {messages.MOST_DATA:,} bytes",
        f"at most {messages.MOST_BLOBS:,} bytes together, and at most {messages.MOST_COUNT:,};",
        f"at most {messages.AHEAD} ahead",
        f"at most {messages.AHEAD_DATA >> 20} MiB of blobs",
        f"at most {messages.NOISE >> 10} KiB",
        f"nothing for {messages.ASKED_AFTER:g} seconds",
        f"heard nothing for {messages.SILENCE:g} seconds",
        f"`runs`: 1 to {messages.MOST_RUNS:,},",
        f"after {messages.GRACE:g} seconds",
        f"more than {spool.CAP >> 30} GiB",
        f"at most {board.MOST_SESSIONS} are open",
        f"more than {sensing_calls.AT_ONCE:,} events",
        f"# The agent's protocol, version {messages.PROTOCOL} How",
    ):
        assert told in WORDS, told
