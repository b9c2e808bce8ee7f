"""A private ssh server on the loopback address: own host key, own port, one key let in."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.backends_ssh.pipe import script

SERVER = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
PROGRAMS = all(shutil.which(name) for name in ("ssh", "ssh-keygen"))


@dataclass(frozen=True)
class Server:
    """A running server. ``config``: what a client needs; ``agent``: the program on its board."""

    process: subprocess.Popen[bytes]
    port: int
    config: Path
    agent: Path

    def address(self, inner: str) -> str:
        """Of a device behind it."""
        more = "&" if "?" in inner else "?"
        place = f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}"
        return f"{place}/{inner}{more}agent={self.agent}&ssh_config={self.config}"

    def sessions(self) -> list[int]:
        """The processes that serve one connection each, the nearest to the server."""
        found = []
        for status in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has ended meanwhile
                fields = status.read_text().rpartition(")")[2].split()
                if int(fields[1]) == self.process.pid:
                    found.append(int(status.parent.name))
        return found


@contextmanager
def server(folder: Path, command: str, variables: dict[str, str]) -> Iterator[Server]:
    """Start it. ``command`` is edgesdk there, with these variables in its environment."""
    if SERVER is None or not PROGRAMS:
        pytest.skip("there is no OpenSSH server (sshd) on this machine")
    folder.chmod(0o700)
    for name in ("host", "user"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(make, check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    settings = " ".join(f"{name}={value}" for name, value in variables.items())
    agent = script(folder / "edgesdk-there", f"env {settings} {command}")
    port = _free_port()
    (folder / "sshd_config").write_text(SERVER_CONFIG.format(folder=folder, port=port))
    key = (folder / "host.pub").read_text().split()[:2]
    (folder / "known").write_text(f"[127.0.0.1]:{port} {' '.join(key)}\n")
    (folder / "ssh_config").write_text(CLIENT_CONFIG.format(folder=folder))
    with suppress(OSError):  # where sshd as root puts its unprivileged part
        Path("/run/sshd").mkdir(exist_ok=True)
    log = (folder / "sshd.log").open("wb")
    with (
        log,
        subprocess.Popen(
            [SERVER, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log
        ) as process,
    ):
        try:
            _wait(port, process)
            _let_in(folder / "ssh_config", port)
            yield Server(process, port, folder / "ssh_config", agent)
        finally:
            process.terminate()


SERVER_CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PidFile none
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
"""

CLIENT_CONFIG = """
Host *
    IdentityFile {folder}/user
    IdentitiesOnly yes
    UserKnownHostsFile {folder}/known
    StrictHostKeyChecking yes
    BatchMode yes
"""


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _let_in(config: Path, port: int) -> None:
    """A locked account, or one without a shell, is no matter of these tests."""
    tried = ["ssh", "-F", str(config), "-p", str(port), "127.0.0.1", "true"]
    done = subprocess.run(tried, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"ssh does not get in on this machine: {done.stderr.strip()}")


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if process.poll() is not None:
            pytest.skip("sshd does not start for this user here")
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.skip("sshd does not listen")
