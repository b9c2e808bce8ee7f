"""Any bytes in a slot: the device takes them where a trusted key signed them, and nowhere else.

The corpus is what the host's own maker makes; ``python -m tests.fuzz.test_fuzz_images`` writes it.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import random
import shlex
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from edgesdk.bundle.signing import SigningKey
from edgesdk_backends.mcu.image import (
    MADE_FOR,
    NAME,
    NON_BOOTABLE,
    SECURITY_COUNTER,
    SHA256,
    make_firmware_image,
    make_image,
    make_model_image,
)
from tests.backends_mcu.secure.conftest import KEY, SOURCES, STRANGER, body
from tools.fetch_monocypher import fetch

HERE, FIRMWARE = Path(__file__).parent / "c", Path(__file__).parents[2] / "firmware"
CORPUS = HERE / "image_corpus"
WARNINGS = "-std=c11 -Wall -Wextra -Werror -Wconversion".split()
SANITIZERS = "-O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all".split()
EXAMPLES = int(os.environ.get("EDGESDK_FUZZ_EXAMPLES", "3000"))
SECOND = SigningKey.from_seed(hashlib.sha256(b"its second owner").digest())
LOWEST, SLOT = 5, 2048  # the device's security counter; bytes of a slot

BOOTED_ONLY = "model_and_more"  # an upload is to be the image, and nothing behind it

# Options in the first byte of an input, as in image_fuzz.c.
MODEL, HASH_RIGHT, KEY_NAMED, NO_KEYS, ANNOUNCED = 1, 2, 4, 32, 64
BY_OWNER, BY_SECOND, BY_STRANGER = 8, 16, 24
ALL_RIGHT = HASH_RIGHT | KEY_NAMED | BY_OWNER
TLVS = (0x01, 0x10, 0x24, 0x50, 0xA0, 0x6907, 0x6908)

needs_clang = pytest.mark.skipif(shutil.which("clang") is None, reason="libFuzzer is clang's")


@dataclass(frozen=True)
class Seed:
    """An image, what to do with it first, and whether a device boots and uploads it."""

    image: bytes
    options: int
    taken: bool
    fault: int = 0
    chunk: int = 200

    def content(self) -> bytes:
        return bytes([self.options, self.fault, self.chunk - 1]) + self.image


def _added(image: bytes, kind: int, value: bytes) -> bytes:
    """With one more TLV among those at the end, which nobody signs."""
    info = struct.pack("<HH", 0x6907, 4 + 36 + 36 + 68)
    more = struct.pack("<HH", 0x6907, 4 + 36 + 36 + 68 + 4 + len(value))
    assert image.count(info) == 1
    return image.replace(info, more) + struct.pack("<HH", kind, len(value)) + value


def seeds() -> dict[str, Seed]:
    """Images as the host makes them: right ones, and wrong in one thing each."""

    def model(
        key: SigningKey = KEY, target: str = "mcu:simulated", counter: int = 6, size: int = 70
    ) -> bytes:
        plan, version = body("plan", size), "1.2.3"
        return make_model_image(
            plan, name="m", version=version, security_counter=counter, target=target, key=key
        ).content

    def firmware(board: str = "simulated", load: int = 0x20000000, size: int = 101) -> bytes:
        return make_firmware_image(
            body("firmware", size),
            board=board,
            load_address=load,
            version="2.0.1+9",
            security_counter=LOWEST,
            key=KEY,
        ).content

    # TLVs from 0xA2 mean nothing to a device; with counter, target and name it sees 32, or more.
    vendor = {MADE_FOR: b"mcu:simulated", NAME: b"m"}
    twice = vendor | {SECURITY_COUNTER: bytes(4)}
    passed = {0xA2 + i: b"x" * i for i in range(29)}
    many = partial(
        make_image,
        body("plan", 70),
        header_size=0x40,
        flags=NON_BOOTABLE,
        load_address=0,
        version="1",
        security_counter=2**32 - 1,
        key=SECOND,
    )
    forged = bytearray(model())
    forged[40] ^= 1
    return {
        "model": Seed(model(), MODEL, True),
        "model_announced": Seed(model(), MODEL | ANNOUNCED, True, chunk=13),
        "model_second": Seed(model(SECOND), MODEL | ANNOUNCED, True, chunk=256),
        "model_stranger": Seed(model(STRANGER), MODEL, False),
        "model_no_keys": Seed(model(), MODEL | NO_KEYS, False),
        "model_downgrade": Seed(model(counter=LOWEST - 1), MODEL, False),
        "model_target": Seed(model(target="mcu:other"), MODEL, False),
        "model_name_end": Seed(model(target="mcu:simulated\0x"), MODEL, False),
        "model_fault": Seed(model(), MODEL, False, fault=3),
        "model_tlvs": Seed(many(vendor=vendor | passed).content, MODEL, True),
        "model_too_many": Seed(many(vendor=vendor | passed | {0xF0: b""}).content, MODEL, False),
        "model_counter_twice": Seed(many(vendor=twice).content, MODEL, False),
        "model_plain_counter": Seed(_added(model(), SECURITY_COUNTER, bytes(4)), MODEL, True),
        "model_hash_twice": Seed(_added(model(), SHA256, bytes(32)), MODEL, False),
        "model_name_48": Seed(model(target="m" * 48), MODEL, False),
        "model_name_49": Seed(model(target="m" * 49), MODEL, False),
        "model_hashed_257": Seed(model(size=191), MODEL, True),
        "model_forged": Seed(bytes(forged), MODEL, False),
        "model_forged_hash": Seed(bytes(forged), MODEL | HASH_RIGHT | ANNOUNCED, False),
        "model_resigned": Seed(bytes(forged), MODEL | ALL_RIGHT | ANNOUNCED, True),
        "model_by_second": Seed(model(), MODEL | HASH_RIGHT | KEY_NAMED | BY_SECOND, True),
        "model_by_stranger": Seed(model(), MODEL | HASH_RIGHT | BY_STRANGER, False),
        "model_and_more": Seed(model() + b"more", MODEL, False),
        "firmware": Seed(firmware(), 0, True),
        "firmware_resigned": Seed(firmware(), ALL_RIGHT, True, chunk=128),
        "firmware_board": Seed(firmware(board="other"), ALL_RIGHT, False),
        "firmware_address": Seed(firmware(load=0x20000004), 0, False),
        "firmware_large": Seed(firmware(size=SLOT - 256 - 512), 0, False),
    }


def build(compiler: list[str], out: Path, flags: list[str], *more: Path) -> Path:
    """The target over the firmware's slots. monocypher without sanitizers: it takes the time."""
    mono, cipher = fetch(), out.with_suffix(".o")
    quiet = [*compiler, "-O3", "-fPIC", "-c"]
    subprocess.run([*quiet, mono / "monocypher.c", "-o", cipher], check=True)
    sources = [HERE / "image_fuzz.c", HERE / "image_judge.c", *more]
    sources += [FIRMWARE / "secure" / f"{name}.c" for name in SOURCES]
    includes = [f"-I{FIRMWARE}", f"-isystem{mono}"]
    command = [*compiler, *WARNINGS, *flags, *includes]
    subprocess.run([*command, *sources, cipher, "-o", out], check=True)
    return out


def corpus() -> list[bytes]:
    return [file.read_bytes() for file in sorted(CORPUS.iterdir())]


def test_the_corpus_is_the_makers() -> None:
    made = {name: seed.content() for name, seed in seeds().items()}
    assert {file.name: file.read_bytes() for file in CORPUS.iterdir()} == made


def test_the_seeds_are_taken_or_refused(tmp_path: Path) -> None:
    """So that nothing which the target compares is empty."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    target = ctypes.CDLL(str(build(compiler, tmp_path / "fuzz.so", ["-O1", "-fPIC", "-shared"])))
    booted, uploaded = (
        ctypes.c_uint32.in_dll(target, f"image_fuzz_{name}") for name in ("booted", "uploaded")
    )
    for name, seed in seeds().items():
        content, before = seed.content(), (booted.value, uploaded.value)
        target.LLVMFuzzerTestOneInput(content, ctypes.c_size_t(len(content)))
        times = booted.value - before[0], uploaded.value - before[1]
        assert times == (seed.taken or name == BOOTED_ONLY, seed.taken), name


def mutations(given: list[bytes], count: int) -> Iterator[bytes]:
    """Bits, numbers of the format, pieces of others; the options at random for half of them."""
    chance = random.Random(11)
    yield from given
    for _ in range(count):
        data = bytearray(chance.choice(given))
        for _ in range(chance.choice([1, 1, 2, 4])):
            at = chance.randrange(3, len(data))
            kind = chance.randrange(5)
            if kind == 0:
                data[at] ^= 1 << chance.randrange(8)
            elif kind == 1:
                value = chance.choice((0, 1, 3, 4, 31, 32, 33, 64, 0xFF, 0x7FFF, 0xFFFF, *TLVS))
                data[at : at + 2] = value.to_bytes(2, "little")
            elif kind == 2:
                del data[at : at + chance.randrange(1, 5)]
            elif kind == 3:
                data[at:at] = data[at : at + 36]
            else:
                other = chance.choice(given)
                data[at:] = other[min(at, len(other) - 1) :]
        if chance.random() < 0.5:
            data[0] = chance.randrange(256)
        if chance.random() < 0.2:
            data[1] = chance.randrange(64)
        yield bytes(data)


def test_mutations_of_the_corpus(tmp_path: Path) -> None:
    compiler = shlex.split(os.environ.get("CC", "cc"))
    flags = [*SANITIZERS, "-fsanitize=address,undefined"]
    program = build(compiler, tmp_path / "replay", flags, HERE / "replay.c")
    inputs = list(mutations(corpus(), EXAMPLES))
    stream = b"".join(len(data).to_bytes(4, "little") + data for data in inputs)
    done = subprocess.run([program], input=stream, capture_output=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-4000:]
    assert int(done.stdout) == len(inputs)


def fuzz(runs: int, folder: Path) -> None:
    flags = [*SANITIZERS, "-fsanitize=fuzzer,address,undefined"]
    program = build(["clang"], folder / "fuzz", flags)
    found = folder / "found"
    found.mkdir()
    options = [f"-runs={runs}", "-seed=1", f"-max_len={SLOT + 3}", "-print_final_stats=1"]
    options += [f"-artifact_prefix={folder}/"]
    command: list[str | Path] = [program, found, CORPUS, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-5000:]
    assert f"stat::number_of_executed_units: {runs}" in done.stderr


@needs_clang
def test_libfuzzer(tmp_path: Path) -> None:
    fuzz(20_000, tmp_path)


@needs_clang
@pytest.mark.long
def test_libfuzzer_for_ten_million_runs(tmp_path: Path) -> None:
    fuzz(10_000_000, tmp_path)


if __name__ == "__main__":
    CORPUS.mkdir(exist_ok=True)
    for seed_name, made_seed in seeds().items():
        (CORPUS / seed_name).write_bytes(made_seed.content())
