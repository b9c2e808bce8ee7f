"""The simulator as a library, built once; images as the host makes them."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cffi import FFI

from edgesdk.bundle.signing import SigningKey
from edgesdk_backends.mcu.image import Image, make_firmware_image, make_model_image
from tools.fetch_monocypher import fetch

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
SOURCES = ("sha256", "sha512", "ed25519", "image", "record", "slots", "upload", "trusted")
DECLARATIONS = """
struct edge_announcement {
    uint32_t bytes; uint32_t security_counter;
    uint8_t hash[32]; uint8_t key_hash[32]; uint8_t signature[64]; uint8_t label[32];
};
struct picture { const uint8_t *content; uint32_t bytes; uint8_t hash[32]; };
void sim_fresh(void); void sim_save(uint8_t *to); void sim_load(const uint8_t *from);
uint32_t sim_size(void); uint32_t sim_operations(void); uint32_t sim_erases(void);
void sim_flip(uint32_t bit); void sim_arm(uint32_t cut_at, uint32_t how, uint32_t noise);
uint8_t sim_boot(void);
uint32_t sim_trust(const uint8_t *key, const uint8_t *id, const uint8_t *signature, bool trust);
uint32_t sim_upload(uint8_t image, const uint8_t *content, uint32_t bytes, uint32_t chunk,
                    const struct edge_announcement *said);
uint32_t sim_begin(uint8_t image, uint32_t bytes, const struct edge_announcement *said);
uint32_t sim_write(uint8_t image, uint32_t offset, const uint8_t *data, uint32_t bytes);
uint32_t sim_finish(uint8_t image); uint32_t sim_target(uint8_t image);
bool sim_label(uint8_t image, uint8_t slot, uint8_t *label);
uint32_t sim_key_changes(void); void sim_lie(void);
uint32_t sim_test(uint8_t image, const uint8_t *hash, bool permanent);
uint32_t sim_try(uint8_t slot); uint32_t sim_confirm(uint8_t image);
uint32_t sim_rollback(uint8_t image); uint32_t sim_revert(uint8_t image);
uint32_t sim_erase(uint8_t image, uint8_t slot); uint32_t sim_lowest(uint8_t image);
bool sim_active(uint8_t image, uint8_t *hash);
int sim_cut_update(uint8_t image, const uint8_t *start, const struct picture *old,
                   const struct picture *next, const struct picture *after, uint32_t cut,
                   uint32_t how, uint32_t second_cut, uint32_t second_how);
bool edge_ed25519_verify(const uint8_t *key, const uint8_t *signature, const uint8_t *message,
                         uint32_t bytes);
"""
KEY = SigningKey.from_seed(hashlib.sha256(b"the device's owner").digest())
STRANGER = SigningKey.from_seed(hashlib.sha256(b"somebody else").digest())
FIRMWARE, MODEL = 0, 1
DEVICE = bytes(range(16))


def compile_c(target: Path, *flags: str) -> None:
    """The slots and the simulator, with the warnings that the firmware is built with."""
    mono = fetch()
    objects = [str(ROOT / "firmware" / "secure" / f"{name}.c") for name in SOURCES]
    strict = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-O2", "-fPIC"]
    includes = [f"-I{ROOT / 'firmware'}", f"-isystem{mono}"]
    command = ["cc", *strict, *includes, *flags, *objects, str(HERE / "simulator.c")]
    monocypher = target.with_suffix(".o")
    quiet = ["cc", "-O3", "-fPIC", "-c", str(mono / "monocypher.c"), "-o", str(monocypher)]
    subprocess.run(quiet, check=True)
    subprocess.run([*command, str(monocypher), "-shared", "-o", str(target)], check=True)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """(ffi, lib)."""
    target = tmp_path_factory.mktemp("secure") / "simulator.so"
    compile_c(target)
    ffi = FFI()
    ffi.cdef(DECLARATIONS)
    return ffi, ffi.dlopen(str(target))


def firmware(version: str, counter: int = 0, size: int = 3000, **changes: Any) -> Image:
    settings = {"board": "simulated", "load_address": 0x20000000, "key": KEY} | changes
    return make_firmware_image(
        body(f"firmware {version}", size), version=version, security_counter=counter, **settings
    )


def model(version: str, counter: int = 0, size: int = 3000, **changes: Any) -> Image:
    settings = {"name": "m", "target": "mcu:simulated", "key": KEY} | changes
    return make_model_image(
        body(f"model {version}", size), version=version, security_counter=counter, **settings
    )


def body(seed: str, size: int) -> bytes:
    """Bytes that differ from seed to seed."""
    return hashlib.shake_256(seed.encode()).digest(size)


class Device:
    """A simulated device; every call returns the reason as the C code gives it."""

    def __init__(self, library: tuple[Any, Any]) -> None:
        self.ffi, self.lib = library
        self.lib.sim_fresh()
        self.lib.sim_boot()

    def trust(self, key: SigningKey = KEY, by: SigningKey | None = None, trust: bool = True) -> int:
        signature = by.sign(self.voucher(key, trust)) if by else bytes(64)
        return int(self.lib.sim_trust(key.public, DEVICE, signature, trust))

    def voucher(self, key: SigningKey, trust: bool) -> bytes:
        """What is signed for a change of keys."""
        verb = b"edgesdk key trust " if trust else b"edgesdk key drop  "
        return verb + DEVICE + key.public + int(self.lib.sim_key_changes()).to_bytes(4, "little")

    def label(self, kind: int, slot: int) -> bytes:
        found = self.ffi.new("uint8_t[32]")
        self.lib.sim_label(kind, slot, found)
        return bytes(found)

    def announcement(self, image: Image, **changes: bytes) -> Any:
        said = self.ffi.new("struct edge_announcement *")
        said.bytes, said.security_counter = image.size, image.security_counter
        fields = {"hash": image.digest, "key_hash": image.key_hash, "signature": image.signature}
        for name, value in (fields | changes).items():
            setattr(said, name, value)
        return said

    def upload(self, kind: int, image: Image | bytes, said: Any = None, chunk: int = 700) -> int:
        content = image.content if isinstance(image, Image) else image
        announced = self.ffi.NULL if said is None else said
        return int(self.lib.sim_upload(kind, content, len(content), chunk, announced))

    def install(self, kind: int, image: Image) -> None:
        """A whole update that must work."""
        assert self.upload(kind, image, self.announcement(image)) == 0
        assert self.lib.sim_test(kind, image.digest, False) == 0
        self.lib.sim_boot()
        assert self.lib.sim_confirm(kind) == 0
        assert self.active(kind) == image.digest

    def active(self, kind: int) -> bytes | None:
        found = self.ffi.new("uint8_t[32]")
        return bytes(found) if self.lib.sim_active(kind, found) else None

    def snapshot(self) -> bytes:
        cells = self.ffi.new("uint8_t[]", self.lib.sim_size())
        self.lib.sim_save(cells)
        return bytes(cells)


@pytest.fixture
def fresh(library: tuple[Any, Any]) -> Device:
    """Nothing in its flash."""
    return Device(library)


@pytest.fixture
def owned(fresh: Device) -> Device:
    """It trusts its owner's key."""
    assert fresh.trust() == 0
    return fresh
