"""Where settings come from, and which wins."""

from __future__ import annotations

from pathlib import Path

import pytest

import edgesdk
from edgesdk import AmbiguousDevice, DeviceInfo, NoDevice, UsageError, config, registry


def write(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "edgesdk.toml").write_text(text)


def device(name: str, address: str) -> str:
    return f'[device.{name}]\naddress = "{address}"\n'


def test_nothing_names_a_device(user_folder: Path) -> None:
    assert config.resolve(None) is None


def test_an_address_is_itself(user_folder: Path) -> None:
    assert config.resolve("cpu:?threads=1") == "cpu:?threads=1"


def test_a_name_stands_for_its_address(user_folder: Path) -> None:
    write(user_folder, device("porch", "cpu:?threads=2"))
    assert config.resolve("porch") == "cpu:?threads=2"
    with edgesdk.connect("porch") as found:
        assert found.info.address == "cpu:?threads=2"


def test_precedence(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(config.config_folder(), '[defaults]\ndevice = "cpu:?threads=4"\n')
    assert config.resolve(None) == "cpu:?threads=4"
    write(user_folder, '[defaults]\ndevice = "cpu:?threads=3"\n')
    assert config.resolve(None) == "cpu:?threads=3"
    monkeypatch.setenv("EDGESDK_DEVICE", "cpu:?threads=2")
    assert config.resolve(None) == "cpu:?threads=2"
    assert config.resolve("cpu:?threads=1") == "cpu:?threads=1"


def test_the_project_file_is_found_from_below(
    user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(user_folder, device("porch", "cpu:"))
    below = user_folder / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert config.resolve("porch") == "cpu:"


@pytest.mark.parametrize("option", ["agent=/tmp/x", "threads=2&ssh_config=x"])
def test_only_the_user_s_own_file_says_which_programs_run(user_folder: Path, option: str) -> None:
    address = f"ssh://board/cpu:?{option}"
    write(config.config_folder(), device("porch", address))
    assert config.resolve("porch") == address
    for text in (device("attic", address), f'[defaults]\ndevice = "{address}"\n'):
        write(user_folder, text)
        with pytest.raises(UsageError) as caught:
            config.resolve("porch")
        assert caught.value.id == "EDGE-0214"
        assert str(config.config_folder()) in caught.value.evidence


def test_an_unknown_name_lists_the_known(user_folder: Path) -> None:
    write(user_folder, device("porch", "cpu:"))
    with pytest.raises(UsageError) as caught:
        config.resolve("attic")
    assert "porch" in caught.value.evidence


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        "[surprise]\nx = 1\n",
        '[defaults]\ncolour = "red"\n',
        "[defaults]\ndevice = 3\n",
        "[device]\nporch = 1\n",
        "[device.porch]\n",
        "defaults = 3\n",
        "x" * (1 << 20) + "x",
    ],
)
def test_a_malformed_file_is_one_clear_error(user_folder: Path, text: str) -> None:
    write(user_folder, text)
    with pytest.raises(UsageError) as caught:
        config.settings()
    assert caught.value.id == "EDGE-0214"
    assert "edgesdk.toml" in caught.value.what


def _seen(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [DeviceInfo(address, "x", "x", "x") for address in addresses]
    monkeypatch.setattr(registry, "discover", lambda: found)


def test_the_only_device_needs_no_name(user_folder: Path) -> None:
    with edgesdk.connect() as found:
        assert found.info.address == "cpu:"


def test_no_device(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _seen(monkeypatch)
    with pytest.raises(NoDevice):
        edgesdk.connect()


def test_nothing_is_picked_by_order(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _seen(monkeypatch, "serial:/dev/a", "serial:/dev/b")
    with pytest.raises(AmbiguousDevice) as caught:
        edgesdk.connect()
    assert "--device 'serial:/dev/a'" in caught.value.evidence
    assert "--device 'serial:/dev/b'" in caught.value.evidence


@pytest.mark.parametrize("named", [None, "", "relative", "/elsewhere"])
def test_the_users_folders_are_where_others_have_theirs(
    named: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the platformdirs package has them."""
    import platformdirs

    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CONFIG", "STORE", "STATE"):
        monkeypatch.delenv(f"EDGESDK_{name}", raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
        if named is not None:
            monkeypatch.setenv(name, named)
    assert config.config_folder() == platformdirs.user_config_path("edgesdk")
    assert config.store_folder() == platformdirs.user_data_path("edgesdk") / "store"
    assert config.state_folder() == platformdirs.user_state_path("edgesdk")
