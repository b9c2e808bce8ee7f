"""The whole way through OpenSSH: a private server on the loopback address."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import edgesdk
from edgesdk import DeviceUnavailable, LinkFailed, NoDevice
from edgesdk.cli import program
from tests.backends_ssh.small import bundle
from tests.backends_ssh.sshd import Server, server
from tests.models.variants import PROMPT, X, continuation, llama2c


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server, and a board with a user of its own."""
    folder = tmp_path_factory.mktemp("sshd")
    names = ("CONFIG", "STORE", "STATE")
    variables = {f"EDGESDK_{name}": str(folder / name.lower()) for name in names}
    with server(folder, f"{sys.executable} -m edgesdk", variables) as running:
        yield running


@pytest.fixture(autouse=True)
def _own_user(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDGESDK_SSH", raising=False)


def trusting(real: Server, folder: Path) -> str:
    """A fresh store there, which trusts this user's key."""
    address = real.address(f"cpu:?store={folder / 'models'}")
    with edgesdk.connect(address) as device:
        device.trust(edgesdk_key())
    return address


def edgesdk_key() -> bytes:
    from edgesdk.bundle.keys import development_key

    return development_key().public


def test_deploy_run_upgrade_and_rollback(real: Server, user_folder: Path) -> None:
    """The board has a key of its own: the laptop's is trusted only once it was told so."""
    address = real.address(f"cpu:?store={user_folder / 'models'}")
    with (
        bundle(user_folder, 2, "1.0.0") as first,
        bundle(user_folder, 3, "1.1.0") as second,
        edgesdk.connect(address) as device,
    ):
        assert device.info.address == address
        with pytest.raises(edgesdk.SignatureRefused):
            edgesdk.deploy(first, device)
        device.trust(edgesdk_key())
        edgesdk.deploy(first, device)
        assert edgesdk.deploy(second, device).previous_version == "1.0.0"
        with device.open("scale") as session:
            assert np.array_equal(session.run({"x": X})["y"], 3 * X)
        assert device.rollback("scale").version == "1.0.0"
        with pytest.raises(DeviceUnavailable) as caught:
            edgesdk.connect(address)
        assert caught.value.id == "EDGE-0580"


def test_the_command_line_from_a_prompt_to_tokens_and_figures(
    real: Server, user_folder: Path
) -> None:
    address = trusting(real, user_folder)
    model = llama2c(user_folder, 2)
    made = edgesdk.compile(model, "cpu", name="story", output=user_folder / "story.edge")
    made.close()

    def run(*words: str) -> str:
        result = CliRunner().invoke(program, [*words, "--device", address])
        assert result.exit_code == 0, result.output
        return result.stdout

    assert "story 1.0.0 is active on ssh://" in run("deploy", str(user_folder / "story.edge"))
    tokens = ",".join(map(str, PROMPT))
    wanted = continuation(llama2c, 2)["continuation"]
    said = run("generate", "story", "--tokens", tokens, "-n", "8", "--temperature", "0")
    assert [int(word) for word in said.split()] == wanted[:8].tolist()
    figures = " ".join(run("bench", "story", "--runs", "3", "--warmup", "1").split())
    assert "the link is not in it" in figures


@pytest.mark.parametrize("moment", ["deploying", pytest.param("idle", marks=pytest.mark.long)])
def test_the_server_s_child_is_killed(real: Server, user_folder: Path, moment: str) -> None:
    """The board is alone, reverts, and takes the next host."""
    address = trusting(real, user_folder)
    with bundle(user_folder, 2, "1.0.0") as first, bundle(user_folder, 3, "1.1.0") as second:
        with edgesdk.connect(address) as device:
            edgesdk.deploy(first, device)
            if moment == "deploying":
                device.begin(second.signed)
            for process in real.sessions():
                os.kill(process, signal.SIGKILL)
            with pytest.raises(LinkFailed):
                edgesdk.deploy(second, device)
        with connected_again(address) as device, device.open("scale") as session:
            assert [model.version for model in device.models()] == ["1.0.0"]
            assert np.array_equal(session.run({"x": X})["y"], 2 * X)
            edgesdk.deploy(second, device)


def connected_again(address: str) -> edgesdk.Device:
    """Once the agent of the broken connection has found out."""
    for _ in range(300):
        try:
            return edgesdk.connect(address)
        except DeviceUnavailable:
            time.sleep(0.1)
    raise AssertionError("the board stays busy")


def test_a_host_whose_key_changed_is_refused_in_ssh_s_words(
    real: Server, user_folder: Path
) -> None:
    config = user_folder / "config-of-ssh"
    other = user_folder / "known"
    other.write_text(f"[127.0.0.1]:{real.port} ssh-ed25519 {'A' * 68}\n")
    lines = real.config.read_text().splitlines()
    kept = [line for line in lines if "UserKnownHostsFile" not in line]
    config.write_text("\n".join([*kept, f"    UserKnownHostsFile {other}"]))
    with pytest.raises(NoDevice) as caught:
        edgesdk.connect(real.address("cpu:").replace(str(real.config), str(config)))
    assert caught.value.id == "EDGE-0341"
    assert "Host key verification failed" in caught.value.evidence


def test_no_agent_there(real: Server) -> None:
    with pytest.raises(NoDevice) as caught:
        edgesdk.connect(real.address("cpu:").replace(str(real.agent), "/nowhere/edgesdk"))
    assert caught.value.id == "EDGE-0340"
    assert "/nowhere/edgesdk" in caught.value.evidence
