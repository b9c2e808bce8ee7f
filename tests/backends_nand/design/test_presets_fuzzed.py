"""A preset file with anything in it is read or refused, and never anything else."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk.errors import EdgeError
from edgesdk_backends.nand.design.parameters import PARAMETERS
from edgesdk_backends.nand.design.preset import FOLDER, read_preset

LINES = (FOLDER / "cambricon-s.toml").read_text().splitlines()
VALUES = st.one_of(
    st.sampled_from(
        ["true", "[]", "{}", "''", "nan", "-inf", "1e400", "2020-01-01", "0x" + "f" * 99]
    ),
    st.integers(-(10**30), 10**30).map(str),
    st.floats().map(str),
)


def read_or_refused(content: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.toml"
        path.write_bytes(content)
        try:
            design = read_preset(str(path)).design
        except EdgeError as error:
            assert error.id in ("EDGE-02222", "EDGE-02224")
            return False
        assert design.usable_bytes > 0
        return True


def test_what_is_not_touched_is_read() -> None:
    assert read_or_refused("\n".join(LINES).encode())


@settings(max_examples=60)
@given(key=st.sampled_from(sorted(PARAMETERS)), value=VALUES, entry=st.booleans())
def test_any_value_of_any_key(key: str, value: str, entry: bool) -> None:
    new = f"{key} = {{ value = {value}, source = 'x' }}" if entry else f"{key} = {value}"
    lines = [new if line.startswith(f"{key} =") else line for line in LINES]
    found = read_or_refused("\n".join(lines).encode())
    assert entry or not found


@settings(max_examples=60)
@given(st.integers(0, 200), st.binary(max_size=8))
def test_any_bytes_anywhere(at: int, content: bytes) -> None:
    whole = "\n".join(LINES).encode()
    where = at * len(whole) // 200
    read_or_refused(whole[:where] + content + whole[where + len(content) :])
