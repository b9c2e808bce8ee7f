"""The power of the flash goes during a deploy, blocks go bad, the host is killed or interrupted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import edgesdk
from edgesdk.backend import Device
from edgesdk.bundle import Bundle
from edgesdk.errors import DoesNotFit, EdgeError, LinkFailed
from tests.backends_nand.device.deployed import ADDRESS, answer, deploy
from tests.counting import Count

MOST = 200  # operations; a deploy of the small model has about 25


def _cut(bundle: Bundle, at: int, tear: str) -> bool:
    """Whether the power went at that operation of a deploy."""
    try:
        deploy(bundle, f"{ADDRESS}&fault=cut@{at}+tear@{tear}+seed@{at}")
    except LinkFailed as error:
        assert error.id == "EDGE-0640"
        assert error.exit_code == 6
        return True
    return False


def _survives(old: Bundle, new: Bundle, points: Callable[[int], bool], tear: str) -> int:
    """Cut at some operations of a deploy beside an old model; how many cuts there were."""
    deploy(old)
    wanted, cuts = answer(), 0
    for at in filter(points, range(1, MOST)):
        if not _cut(new, at, tear):
            break
        cuts += 1
        with edgesdk.connect(ADDRESS) as device:
            assert [model.version for model in device.models()] == ["1.0.0"]
        assert answer() == wanted
    assert answer() != wanted  # the deploy that no cut reached any more
    return cuts


def test_a_cut_now_and_then_in_one_deploy_after_another(
    old: Bundle, new: Bundle, count: Count
) -> None:
    """Each deploy goes on where the last one broke, so that far fewer cuts than pages suffice."""
    cuts = _survives(old, new, lambda at: True, "random")
    assert cuts > 5
    count("cuts of a NAND deploy, one after another", cuts)


@pytest.mark.parametrize("tear", ["half", "almost", "nothing"])
def test_a_cut_on_fresh_ground(old: Bundle, new: Bundle, tear: str, count: Count) -> None:
    cuts = 0
    for at in (2, 9, 16):
        address = f"{ADDRESS}&name={tear}-{at}"
        deploy(old, address)
        wanted = answer(address)
        with pytest.raises(LinkFailed):
            deploy(new, f"{address}&fault=cut@{at}+tear@{tear}")
        assert answer(address) == wanted
        deploy(new, address)
        assert answer(address) != wanted
        cuts += 1
    count(f"cuts of a NAND deploy, tear {tear}", cuts)


@pytest.mark.long
@pytest.mark.parametrize("tear", ["random", "half", "almost", "nothing"])
def test_a_cut_at_every_operation(old: Bundle, new: Bundle, tear: str) -> None:
    for at in range(1, MOST):
        address = f"{ADDRESS}&name={tear}-{at}"
        deploy(old, address)
        wanted = answer(address)
        try:
            deploy(new, f"{address}&fault=cut@{at}+tear@{tear}")
        except LinkFailed:
            assert answer(address) == wanted
            deploy(new, address)
            assert answer(address) != wanted
        else:
            assert at > 15
            return


def test_a_cut_while_a_lost_model_is_programmed_again(old: Bundle, user_folder: Path) -> None:
    import shutil

    deploy(old)
    wanted = answer()
    shutil.rmtree(user_folder / "state" / "nand" / "cambricon-s" / "flash")
    with pytest.raises(LinkFailed):
        answer(f"{ADDRESS}&fault=cut@10")
    assert answer() == wanted


@pytest.mark.parametrize("fault", ["program@5", "erase@1", "program@1+seed@4"])
def test_a_block_that_goes_bad_is_replaced(old: Bundle, new: Bundle, fault: str) -> None:
    deploy(old)
    wanted = answer()
    deploy(new, f"{ADDRESS}&fault={fault}")
    assert answer() != wanted
    with edgesdk.connect(ADDRESS) as device:
        device.rollback("m")
    assert answer() == wanted


def test_a_device_without_spare_blocks_says_so_and_keeps_its_model(
    old: Bundle, new: Bundle
) -> None:
    address = f"{ADDRESS}&channels=1&chips=1&blocks=3&pages=4&spare_blocks=0&factory_bad=0"
    deploy(old, address)
    wanted = answer(address)
    with pytest.raises(DoesNotFit) as caught:
        deploy(new, f"{address}&fault=program@3")
    assert caught.value.id in ("EDGE-0934", "EDGE-0935")
    assert any(character.isdigit() for character in caught.value.evidence)
    assert answer(address) == wanted
    with pytest.raises(DoesNotFit) as caught:  # 8 pages are left of the 9 that it needs
        deploy(new, address)
    assert "needs 9, has 8" in caught.value.evidence
    assert answer(address) == wanted


def test_ctrl_c_during_programming(
    old: Bundle, new: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgesdk_backends.nand.flash import dies

    deploy(old)
    wanted = answer()
    program, left = dies.Dies.program, iter(range(4))

    def interrupted(self: dies.Dies, page: int, content: object) -> object:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return program(self, page, content)

    with monkeypatch.context() as patch:
        patch.setattr(dies.Dies, "program", interrupted)
        with pytest.raises(KeyboardInterrupt):
            deploy(new)
    assert answer() == wanted
    deploy(new)
    assert answer() != wanted


def test_a_host_that_is_killed_during_programming(old: Bundle, new: Bundle, made: Path) -> None:
    deploy(old)
    wanted = answer()
    code = (
        "import os, edgesdk\n"
        "from edgesdk_backends.nand.flash import dies\n"
        "program, left = dies.Dies.program, iter(range(4))\n"
        "def killed(self, page, content):\n"
        "    next(left, None) is None and os.kill(os.getpid(), 9)\n"
        "    return program(self, page, content)\n"
        "dies.Dies.program = killed\n"
        f"bundle = edgesdk.read_bundle({str(made / '2.0.0.edge')!r}, None)\n"
        f"edgesdk.deploy(bundle, edgesdk.connect({ADDRESS!r}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -9
    assert answer() == wanted
    deploy(new)
    assert answer() != wanted


def test_a_damaged_state_is_told(old: Bundle, user_folder: Path) -> None:
    deploy(old)
    flash = user_folder / "state" / "nand" / "cambricon-s" / "flash"
    for path in sorted(flash.rglob("*")):
        if not path.is_file() or path.stat().st_size > 1 << 20 or path.name == "lock":
            continue
        content = path.read_bytes()
        path.write_bytes(b"\x07" * 40 + content[40:] if content else b"\x07")
        try:
            assert len(answer()) == 16  # it was not needed, or was made anew
        except EdgeError as error:
            assert error.exit_code in (5, 7)
            assert error.next_step
        path.write_bytes(content)
    assert len(answer()) == 16


def test_a_trial_that_is_given_up_leaves_the_device_usable(old: Bundle, new: Bundle) -> None:
    deploy(old)
    wanted = answer()
    with edgesdk.connect(ADDRESS) as device:
        _until_trial(new, device).close()
        device.revert()
        assert answer() == wanted
        edgesdk.deploy(new, device)
    assert answer() != wanted


def _until_trial(bundle: Bundle, device: Device) -> edgesdk.Session:
    device.begin(bundle.signed)
    for part in bundle.manifest.parts:
        with bundle.open_part(part) as stream:
            device.stage(part, stream, lambda done: None)
    return device.trial()
