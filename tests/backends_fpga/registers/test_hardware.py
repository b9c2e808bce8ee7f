"""The handoff file beside a bitstream: read, and refused where it is not ours."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgesdk.errors import UsageError
from edgesdk_backends.fpga.bitstream.bit_file import read_header
from edgesdk_backends.fpga.bitstream.hardware import Hardware, read_hardware
from edgesdk_backends.fpga.registers import BLOCKS
from edgesdk_backends.fpga.registers.hwh import BASE, hwh_text
from tests.backends_fpga.device.bit_files import bit

ENTITIES = '<!DOCTYPE a [<!ENTITY b "c">]>'
TEXT = hwh_text(BLOCKS["decoder"], 250.0)
Design = Callable[..., Path]


@pytest.fixture
def design(tmp_path: Path) -> Design:
    def make(text: str | bytes | None = TEXT, bit: bytes = b"an emulated one") -> Path:
        path = tmp_path / "decoder.bit"
        path.write_bytes(bit)
        if text is not None:
            content = text if isinstance(text, bytes) else text.encode()
            path.with_suffix(".hwh").write_bytes(content)
        return path

    return make


def refused(path: Path, identity: str, words: str, **expected: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_hardware(path, **expected)
    assert raised.value.id == identity
    assert words in raised.value.evidence
    assert raised.value.next_step


def test_where_our_block_is(design: Design) -> None:
    assert read_hardware(design()) == Hardware("edge_decoder_0", BASE, 0x1000)


def test_with_the_right_hash(design: Design) -> None:
    sha256 = hashlib.sha256(TEXT.encode()).hexdigest()
    read_hardware(design(), sha256)
    refused(design(TEXT + "\n"), "EDGE-02162", "SHA-256", sha256=sha256)


def test_none_beside_the_bitstream(design: Design) -> None:
    refused(design(None), "EDGE-02161", "No such file")


def test_a_folder_of_that_name(design: Design) -> None:
    path = design(None)
    path.with_suffix(".hwh").mkdir()
    refused(path, "EDGE-02161", "not a file")


def test_a_pipe_of_that_name(design: Design) -> None:
    path = design(None)
    os.mkfifo(path.with_suffix(".hwh"))
    refused(path, "EDGE-02161", "not a file")


def placed(base: str, last: str) -> str:
    """The handoff file with the block at other addresses."""
    text = TEXT.replace('BASEVALUE="0xA0000000"', f'BASEVALUE="{base}"')
    return text.replace('HIGHVALUE="0xA0000FFF"', f'HIGHVALUE="{last}"')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no element"),
        ("not XML", "syntax error"),
        ("<EDKSYSTEM>", "no element"),
        (b"<a>\xff</a>", "can't decode"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "entities"),
        (f"{ENTITIES}<a>&b;</a>".encode("utf-16"), "can't decode"),
        (f"{ENTITIES}<a>&b;</a>".encode("utf-16-le"), "no text"),
        (f"{ENTITIES}<a>&b;</a>".encode("utf-32"), "can't decode"),
        ('<?xml version="1.0" encoding="utf-7"?><a/>+ADwAIQ', "not well-formed"),
        (TEXT.replace("<MEMRANGE", "<NOTHING"), "no address"),
        (placed("here", "0xA0000FFF"), "cannot be at"),
        (placed("-4096", "0xA0000FFF"), "cannot be at"),
        (placed("0xA0000800", "0xA00017FF"), "cannot be at"),
        (placed("0xA0000000", hex(1 << 40)), "cannot be at"),
        (placed("0xA0000000", "0xA000000F"), "has 16 bytes of addresses, and needs 4096"),
        (placed("0xA0000000", "0x9FFFFFFF"), "has 0 bytes"),
        (placed("0x0", "0xFFFFFFFFFF"), "has 1099511627776 bytes"),
    ],
)
def test_files_that_are_none(design: Design, text: str | bytes, words: str) -> None:
    refused(design(text), "EDGE-02161", words)


def test_a_file_that_is_too_large(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgesdk_backends.fpga.bitstream.hardware._MOST", 100)
    refused(design(), "EDGE-02161", "at most 100")


def test_another_design(design: Design) -> None:
    text = TEXT.replace("edgesdk:hls:edge_decoder:1.0", "xilinx.com:ip:axi_dma:7.1")
    refused(design(text), "EDGE-02163", "it has: xilinx.com:ip:axi_dma:7.1, xilinx.com:ip:axi_intc")
    refused(design("<EDKSYSTEM/>"), "EDGE-02163", "it has: nothing")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"hidden"', '"length"', "hidden is expected at 0x020; there is length"),
        ('NAME="CTRL"', 'NAME="MODE"', "CTRL is expected at 0x000; there is MODE"),
        ('"weights_0_2"', '"weights_0"', "weights_0_2 is expected at 0x0A4; there is weights_0"),
        ('"status_ctrl"', '"more"', "status_ctrl is expected at 0x220; there is more"),
        ('NAME="ADDRESS_OFFSET" VALUE="544"', 'NAME="ADDRESS_OFFSET" VALUE="548"', "nothing"),
        ('NAME="ADDRESS_OFFSET" VALUE="544"', 'NAME="ADDRESS_OFFSET" VALUE="x"', "nothing"),
    ],
)
def test_other_registers(design: Design, old: str, new: str, words: str) -> None:
    assert old in TEXT
    refused(design(TEXT.replace(old, new, 1)), "EDGE-02164", words)


def test_a_register_more(design: Design) -> None:
    more = (
        '<REGISTER NAME="extra"><PROPERTY NAME="ADDRESS_OFFSET" VALUE="0x300"/></REGISTER>'
        "</REGISTERS>"
    )
    refused(design(TEXT.replace("</REGISTERS>", more, 1)), "EDGE-02164", "extra at 0x300")


def test_names_that_are_keywords_get_a_suffix(design: Design) -> None:
    """As Vitis writes ``context``, which SystemVerilog has a use for."""
    text = TEXT.replace('"context"', '"context_r"').replace('"keys_0_1"', '"keys_0_r_1"')
    assert read_hardware(design(text)).base == BASE


def test_of_the_same_part_and_design(design: Design) -> None:
    good = bit("emulated_wrapper;UserID=0XFFFFFFFF;Version=2023.1", "xck26-sfvc784-2LV-c")
    path = design(TEXT, good)
    assert read_header(path).part == "xck26-sfvc784-2LV-c"  # type: ignore[union-attr]
    assert read_hardware(path).base == BASE
    read_hardware(design(TEXT, bit("emulated", "xck26-sfvc784-2LV-c")))


def test_of_another_part(design: Design) -> None:
    path = design(TEXT, bit("emulated_wrapper", "xczu7ev-ffvc1156-2-e"))
    refused(path, "EDGE-02162", "the bitstream is for xczu7ev-ffvc1156-2-e, it for xck26-sfvc784")
    silent = TEXT.replace("SYSTEMINFO", "NOTHING")
    refused(design(silent, bit("emulated", "xck26-sfvc784-2LV-c")), "EDGE-02162", "it for -")


@pytest.mark.parametrize("top", ["base_wrapper;x", "a_top_of_my_own", "emulated_wrapper_2"])
def test_of_another_design(design: Design, top: str) -> None:
    path = design(TEXT, bit(top, "xck26-sfvc784-2LV-c"))
    name = top.partition(";")[0]
    refused(path, "EDGE-02162", f"the bitstream's design is {name}, its own emulated")


def test_a_bit_file_cut_short(design: Design) -> None:
    whole = bit("emulated_wrapper", "xck26-sfvc784-2LV-c")
    for length in range(len(whole) - 4):
        assert read_header(design(TEXT, whole[:length])) is None
    for missing in range(5):
        header = read_header(design(TEXT, whole[: len(whole) - missing]))
        assert header is not None
        assert header.missing == missing


def test_no_bit_file(tmp_path: Path) -> None:
    assert read_header(tmp_path / "none.bit") is None
    assert read_header(tmp_path) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(place=st.integers(0, len(TEXT) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_never_breaks_it(design: Design, place: int, byte: int) -> None:
    """It is read as well as it can be, or refused in words."""
    content = bytearray(TEXT.encode())
    content[place] = byte
    try:
        read_hardware(design(bytes(content)))
    except UsageError as error:
        assert error.evidence
