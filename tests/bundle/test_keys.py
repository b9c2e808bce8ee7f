"""The key folder: made once, private, and safe when two processes race."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgesdk.bundle import keys
from edgesdk.bundle.signed import advise, untrusted
from edgesdk.bundle.signing import key_id, public_to_pem
from edgesdk.errors import EdgeError, UsageError

from .builders import KEY, OTHER


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGESDK_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config" / "keys"


def _refused(identifier: str, call: object, *arguments: object) -> UsageError:
    assert callable(call)
    with pytest.raises(UsageError) as caught:
        call(*arguments)
    assert caught.value.id == identifier
    return caught.value


def test_the_development_key_is_made_on_first_use(folder: Path) -> None:
    assert keys.list_keys() == []
    assert keys.trusted_keys() == frozenset()
    made = keys.development_key()
    assert keys.development_key().public == made.public
    assert keys.trusted_keys() == {made.public}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in folder.iterdir()] == ["development.pem"]
    assert (folder / "development.pem").stat().st_mode & 0o777 == 0o600


def test_the_mode_does_not_depend_on_the_umask(folder: Path) -> None:
    old = os.umask(0)
    try:
        keys.create("open")
    finally:
        os.umask(old)
    assert (folder / "open.pem").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


RACE = """
import sys
from edgesdk.bundle import keys
sys.stdin.read(1)
print(keys.development_key().public.hex())
"""


def test_processes_that_race_get_one_key(folder: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go")
        racer.stdin.flush()
    answers = {racer.communicate()[0] for racer in racers}
    assert len(answers) == 1
    assert answers.pop().strip() == keys.development_key().public.hex()
    assert [path.name for path in folder.iterdir()] == ["development.pem"]


def test_the_loser_of_a_race_takes_the_winners_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process makes the key between our look and our own making."""
    real, winner = keys._create, []

    def late(name: str) -> object:
        winner.append(real(name))
        return real(name)

    monkeypatch.setattr(keys, "_create", late)
    assert keys.development_key().public == winner[0].public


def test_create_load_export_delete() -> None:
    made = keys.create("alice")
    assert keys.load_signing("alice").public == made.public
    assert keys.load_public("alice") == made.public
    assert keys.export_public("alice") == public_to_pem(made.public)
    _refused("EDGE-0244", keys.create, "alice")
    keys.delete("alice")
    _refused("EDGE-0243", keys.delete, "alice")
    _refused("EDGE-0243", keys.load_signing, "alice")
    _refused("EDGE-0243", keys.load_public, "alice")
    _refused("EDGE-0243", keys.export_public, "alice")


@pytest.mark.parametrize("name", ["", "Alice", "../x", "a/b", "a.b", "-a", "x" * 33, "a\n", "é"])
def test_what_is_no_name(name: str) -> None:
    for call in (keys.create, keys.load_signing, keys.export_public, keys.delete):
        _refused("EDGE-0242", call, name)


def test_a_private_key_that_others_can_read_is_refused(folder: Path) -> None:
    keys.create("leaked")
    for mode in (0o640, 0o604, 0o620, 0o660):
        (folder / "leaked.pem").chmod(mode)
        error = _refused("EDGE-0245", keys.load_signing, "leaked")
        assert "chmod 600" in error.next_step
        assert keys.trusted_keys() == frozenset()
    (folder / "leaked.pem").chmod(0o400)
    keys.load_signing("leaked")


def test_a_public_key_may_be_read_by_anybody(folder: Path, tmp_path: Path) -> None:
    keys.development_key()
    (folder / "bob.pem").write_text(public_to_pem(OTHER.public))
    (tmp_path / "file.pem").write_text(public_to_pem(KEY.public))
    assert keys.load_public("bob") == OTHER.public
    assert keys.load_public(tmp_path / "file.pem") == KEY.public
    assert keys.load_public(str(tmp_path / "file.pem")) == KEY.public
    assert OTHER.public in keys.trusted_keys()
    _refused("EDGE-0246", keys.load_signing, "bob")
    assert [(entry.name, entry.private) for entry in keys.list_keys()] == [
        ("bob", False),
        ("development", True),
    ]


def test_files_that_are_no_keys_are_listed_with_their_problem(folder: Path) -> None:
    keys.create("good")
    (folder / "junk.pem").write_bytes(os.urandom(100))
    (folder / "large.pem").write_bytes(b"x" * 1_000_000)
    (folder / "gone.pem").symlink_to(folder / "nothing")
    (folder / "folder.pem").mkdir()
    os.mkfifo(folder / "pipe.pem")
    listed = {entry.name: entry for entry in keys.list_keys()}
    assert set(listed) == {"good", "junk", "large", "gone", "folder", "pipe"}
    assert not listed["good"].problem and len(listed["good"].key_id) == 16
    assert all(
        listed[name].problem and not listed[name].key_id for name in listed if name != "good"
    )
    assert len(keys.trusted_keys()) == 1
    _refused("EDGE-0246", keys.load_signing, "junk")
    _refused("EDGE-0241", keys.load_signing, "pipe")


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("EDGESDK_CONFIG", str(tmp_path / "file"))
    with pytest.raises(EdgeError) as caught:
        keys.development_key()
    assert caught.value.id == "EDGE-0247"


def test_a_refusal_is_explained_by_the_keys_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A board behind ssh makes the refusal, and has a key folder of its own."""
    there = keys.create("there")
    refused = untrusted(key_id(there.public), [])
    assert refused.next_step.startswith("It is your key 'there': ")
    pem = tmp_path / "there.pem"
    pem.write_text(keys.export_public("there"))
    monkeypatch.setenv("EDGESDK_CONFIG", str(tmp_path / "here"))
    advise(refused, "ssh://board/cpu:")
    assert "there" not in refused.next_step
    assert "If you trust its holder: 'edgesdk keys add'" in refused.next_step
    keys.add_public("alice", pem)
    advise(refused, "ssh://board/cpu:")
    assert refused.next_step == (
        "It is the key that you keep as 'alice'; if you trust its holder: "
        "edgesdk keys trust alice --device ssh://board/cpu:"
    )
