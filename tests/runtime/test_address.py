"""Addresses parse, print back, and refuse what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgesdk import Address, UsageError


@pytest.mark.parametrize(
    ("text", "scheme", "rest", "options"),
    [
        ("cpu:", "cpu", "", {}),
        ("cpu:?threads=2&store=/a/b", "cpu", "", {"threads": "2", "store": "/a/b"}),
        ("serial:/dev/ttyACM0", "serial", "/dev/ttyACM0", {}),
        ("serial:id=ABC123", "serial", "id=ABC123", {}),
        ("emu:fpga?engine=rtl", "emu", "fpga", {"engine": "rtl"}),
        ("socket://127.0.0.1:4000", "socket", "//127.0.0.1:4000", {}),
        ("ssh://user@board/cpu:", "ssh", "//user@board/cpu:", {}),
        ("cpu:?store=/with%20space", "cpu", "", {"store": "/with space"}),
        ("cpu:?store=/tmp/c++/models", "cpu", "", {"store": "/tmp/c++/models"}),
    ],
)
def test_parses(text: str, scheme: str, rest: str, options: dict[str, str]) -> None:
    address = Address.parse(text)
    assert (address.scheme, address.rest, address.options) == (scheme, rest, options)
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    "text", ["", "cpu", "CPU:", "1cpu:", ":x", "cpu:?threads", "cpu:?a=1&a=2", "a" * 5000 + ":"]
)
def test_refuses(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Address.parse(text)
    assert caught.value.id == "EDGE-0206"


@pytest.mark.parametrize("text", ["socket://\udcff:1", "emu:mcu?state=\udcff", "cpu:?store=%FF"])
def test_refuses_what_is_not_utf8(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Address.parse(text)
    assert caught.value.id == "EDGE-0206"
    assert "not UTF-8" in caught.value.evidence
    assert "Did you mean" not in caught.value.next_step


def test_any_address_can_be_shown() -> None:
    assert str(Address("cpu", options={"store": "/\udcff"})) == "cpu:?store=/%5Cudcff"


@given(st.text(st.characters(), max_size=60))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        address = Address.parse(text)
    except UsageError:
        return
    assert Address.parse(str(address)) == address
