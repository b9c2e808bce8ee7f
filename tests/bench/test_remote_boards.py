"""What a board at a distance costs: uploads beside scp's, a run's way, a generation's tokens.

The server is this machine's own OpenSSH on the loopback address: a real line is slower, and a real
board too. ``pytest tests/bench/test_remote_boards.py -s`` prints what docs/remote-boards.md states.
"""

from __future__ import annotations

import getpass
import hashlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import edgesdk
from edgesdk.agent.wire.arguments import Content
from edgesdk.decoder.generation import generate
from edgesdk.decoder.generation_pieces import Settings
from edgesdk.decoder.sampling import Sampling
from edgesdk.decoder.session import DecoderSession
from edgesdk_backends.ssh.device import SshDevice
from edgesdk_backends.ssh.upload import upload
from tests.backends_ssh.small import bundle
from tests.backends_ssh.sshd import Server, server
from tests.bench.timing import best_seconds
from tests.models.variants import X

ROOT = Path(__file__).parents[2]
BYTES = 16 << 20
TRIES = 2


@pytest.fixture
def real(user_folder: Path) -> Iterator[Server]:
    """The board's user has this user's keys, so that both take the same bundles."""
    there = user_folder / "sshd"
    there.mkdir()
    variables = {name: os.environ[name] for name in ("EDGESDK_CONFIG", "EDGESDK_STATE")}
    with server(there, f"{sys.executable} -m edgesdk", variables) as running:
        yield running


def test_upload_beside_scp(real: Server, user_folder: Path) -> None:
    if shutil.which("scp") is None:
        pytest.skip("there is no scp")
    address = real.address(f"cpu:?store={user_folder / 'models'}")
    file, copy, empty = (user_folder / name for name in ("file", "copy", "empty"))
    file.write_bytes(os.urandom(BYTES))
    empty.touch()
    place = f"{getpass.getuser()}@127.0.0.1:{copy}"
    scp = ["scp", "-q", "-F", str(real.config), "-P", str(real.port)]
    only_connects = best_seconds(lambda: subprocess.run([*scp, empty, place], check=True), TRIES)
    theirs = best_seconds(lambda: subprocess.run([*scp, file, place], check=True), TRIES)
    assert copy.read_bytes() == file.read_bytes()
    with edgesdk.connect(address) as device:
        assert isinstance(device, SshDevice)
        told: list[int] = []

        def ours() -> None:
            content = os.urandom(BYTES)  # else it would be there already
            digest = hashlib.sha256(content).hexdigest()
            upload(device._connection, Content(digest, BYTES), io.BytesIO(content), told.append)

        seconds = best_seconds(ours, TRIES)
        making = best_seconds(lambda: hashlib.sha256(os.urandom(BYTES)), TRIES)
    assert told[-1] == BYTES
    print(f"\nupload of {BYTES >> 20} MiB, connecting not counted: ", end="")
    print(f"scp {rate(theirs, only_connects)}, edgesdk {rate(seconds, making)}")


def rate(seconds: float, apart: float) -> str:
    """Without what took its time apart from the upload; two samples may say less than nothing."""
    left = seconds - apart
    return f"{BYTES / 1e6 / left:.0f} MB/s" if left > 0 else "not measured"


def test_a_run_and_back(real: Server, user_folder: Path) -> None:
    inner = f"cpu:?store={user_folder / 'models'}"
    rounds = 200
    took = {}
    with bundle(user_folder, 2, "1.0.0") as made, edgesdk.connect(inner) as device:
        edgesdk.deploy(made, device)
    for name, address in (("here", inner), ("through ssh", real.address(inner))):
        with edgesdk.connect(address) as device, device.open("scale") as session:
            assert np.array_equal(session.run({"x": X})["y"], 2 * X)
            took[name] = best_seconds(lambda s=session: s.run({"x": X}), rounds)  # type: ignore[misc]
    connecting = best_seconds(lambda: edgesdk.connect(real.address(inner)).close(), TRIES)
    here, there = (took[name] * 1e6 for name in took)
    print(f"\na run of six numbers: here {here:.0f} us, through ssh {there:.0f} us")
    print(f"connecting and closing: {connecting:.1f} s")


def test_tokens_of_a_generation(real: Server, user_folder: Path) -> None:
    """The shipped story model, greedily."""
    inner, count = f"cpu:?store={user_folder / 'models'}", 200
    token = {}
    with (
        edgesdk.compile(ROOT / "models" / "story", "cpu", name="story") as made,
        edgesdk.connect(inner) as device,
    ):
        edgesdk.deploy(made, device)
    for name, address in (("here", inner), ("through ssh", real.address(inner))):
        with edgesdk.connect(address) as device, device.open("story") as session:
            assert isinstance(session, DecoderSession)
            settings = Settings(maximum=count, sampling=Sampling(temperature=0.0))

            def write(decoder: DecoderSession = session, how: Settings = settings) -> None:
                assert len(list(generate(decoder, None, [1, 2, 3], how))) > 1

            token[name] = best_seconds(write, TRIES) * 1e3 / count
    here, there = token["here"], token["through ssh"]
    print(f"\ngenerate, {count} tokens: here {here:.2f} ms a token, through ssh {there:.2f} ms")
