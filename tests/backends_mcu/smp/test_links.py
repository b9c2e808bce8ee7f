"""Serial ports and sockets: what they carry, and how they say no."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from edgesdk.errors import DeviceUnavailable, EdgeError, LinkFailed, NoDevice, UsageError
from edgesdk_backends.mcu.link import Link
from edgesdk_backends.mcu.links.serial_port import open_serial
from edgesdk_backends.mcu.links.socket_link import SocketLink, open_socket
from edgesdk_backends.mcu.smp import image_group
from edgesdk_backends.mcu.smp.client import SmpClient
from edgesdk_backends.mcu.smp.upload import upload
from tests.backends_mcu.smp.device import Device
from tests.backends_mcu.smp.images import digest, image
from tests.backends_mcu.smp.terminal import Terminal

CONTENT = image(50_000)


def serve(device: Device, line: socket.socket) -> None:
    """Answers until the other end has gone."""
    with line:
        while data := line.recv(65536):
            line.sendall(device.receive(data))


@pytest.fixture(params=["serial", "socket"])
def line(request: pytest.FixtureRequest) -> Iterator[tuple[Link, Device]]:
    device = Device()
    if request.param == "serial":
        with Terminal(device) as terminal:
            link = open_serial(terminal.port)
            yield link, device
            link.close()
        return
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=serve, args=(device, theirs))
    thread.start()
    link = SocketLink(ours)
    yield link, device
    link.close()
    thread.join()


def test_an_upload_over_every_line(line: tuple[Link, Device]) -> None:
    link, device = line
    speaker = SmpClient(link, seconds=2.0)
    upload(speaker, 0, CONTENT)
    assert device.slot(0, 0, len(CONTENT)) == CONTENT
    assert [state.hash for state in image_group.images(speaker)] == [digest(CONTENT)]


def test_a_read_waits_no_longer_than_told_and_close_is_safe(line: tuple[Link, Device]) -> None:
    link, _ = line
    assert link.read(0.01) == b""
    assert link.read(0.0) == b""
    link.close()
    link.close()
    for use in (lambda: link.read(0.1), lambda: link.write(b"x")):
        with pytest.raises(LinkFailed) as caught:
            use()
        assert caught.value.id == "EDGE-0603"


def test_a_line_that_is_gone_or_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgesdk_backends.mcu.links.socket_link._WRITE_SECONDS", 0.05)
    ours, theirs = socket.socketpair()
    link = SocketLink(ours)
    with pytest.raises(LinkFailed) as stuck:
        link.write(bytes(10_000_000))
    assert stuck.value.id == "EDGE-0604"
    theirs.close()
    with pytest.raises(LinkFailed) as gone:
        for _ in range(3):
            link.read(0.1)
    assert gone.value.id == "EDGE-0603"
    link.close()


def test_a_serial_port_that_is_pulled_out() -> None:
    master, slave = os.openpty()
    link = open_serial(os.ttyname(slave))
    os.close(slave)
    os.close(master)
    with pytest.raises(LinkFailed) as caught:
        for _ in range(3):
            link.read(0.1)
            link.write(b"x")
    assert caught.value.id == "EDGE-0603"
    link.close()


def test_open_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for place in (f"//127.0.0.1:{port}", f"127.0.0.1:{port}"):
            link = open_socket(place)
            taken, _ = server.accept()
            taken.sendall(b"hello")
            assert link.read(5.0) == b"hello"
            taken.close()
            link.close()
    with pytest.raises(NoDevice) as nobody:
        open_socket(f"127.0.0.1:{port}")
    assert nobody.value.id == "EDGE-0302"
    for place in ("127.0.0.1", ":80", "host:port", "host:70000"):
        with pytest.raises(UsageError):
            open_socket(place)


def test_no_such_port_is_no_device() -> None:
    with pytest.raises(NoDevice) as caught:
        open_serial("/dev/ttyNOSUCH")
    assert caught.value.id == "EDGE-0302"


def test_a_port_in_use_is_said_to_be() -> None:
    master, slave = os.openpty()
    first = open_serial(os.ttyname(slave))
    with pytest.raises(DeviceUnavailable) as caught:
        open_serial(os.ttyname(slave))
    assert caught.value.id == "EDGE-0511"
    first.close()
    open_serial(os.ttyname(slave)).close()
    os.close(master)
    os.close(slave)


def test_a_file_is_no_port(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(DeviceUnavailable) as caught:
        open_serial(str(file))
    assert caught.value.id == "EDGE-0512"


@pytest.mark.parametrize(
    ("number", "error", "id_"),
    [
        (errno.EACCES, DeviceUnavailable, "EDGE-0510"),
        (errno.EBUSY, DeviceUnavailable, "EDGE-0511"),
        (errno.ENXIO, NoDevice, "EDGE-0302"),
        (errno.EIO, DeviceUnavailable, "EDGE-0512"),
    ],
)
def test_what_the_system_says_is_told_apart(
    number: int, error: type[EdgeError], id_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's answers, given by pyserial: a test runs as any user, on any machine."""

    def refuse(*arguments: object, **options: object) -> None:
        raise serial.SerialException(number, os.strerror(number))

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(error) as caught:
        open_serial("/dev/null")
    assert caught.value.id == id_


@pytest.mark.parametrize(
    ("group", "remedy"), [("dialout", "usermod -aG dialout"), ("root", "chown")]
)
def test_the_remedy_names_the_group_of_the_port(
    group: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise serial.SerialException(errno.EACCES, "Permission denied")

    monkeypatch.setattr(serial, "Serial", refuse)
    monkeypatch.setattr(Path, "group", lambda path: group)
    with pytest.raises(DeviceUnavailable) as caught:
        open_serial("/dev/ttyACM0")
    assert remedy in caught.value.next_step
