"""The life of an image: trial, confirm, revert, rollback, counters, keys."""

from __future__ import annotations

from .conftest import FIRMWARE, KEY, MODEL, STRANGER, Device, firmware, model


def test_a_fresh_device_takes_nothing(fresh: Device) -> None:
    image = model("1.0.0")
    assert fresh.upload(MODEL, image, fresh.announcement(image)) == 15
    assert fresh.upload(MODEL, image) == 15
    assert fresh.active(MODEL) is None


def test_a_trial_that_nobody_confirms_is_over_at_the_next_reset(owned: Device) -> None:
    old, new = firmware("1.0.0"), firmware("1.1.0")
    owned.install(FIRMWARE, old)
    assert owned.upload(FIRMWARE, new) == 0
    assert owned.lib.sim_test(FIRMWARE, new.digest, False) == 0
    owned.lib.sim_boot()
    assert owned.active(FIRMWARE) == new.digest
    owned.lib.sim_boot()
    assert owned.active(FIRMWARE) == old.digest
    owned.lib.sim_boot()
    assert owned.active(FIRMWARE) == old.digest


def test_a_firmware_on_trial_cannot_be_overwritten_nor_its_way_back(owned: Device) -> None:
    owned.install(FIRMWARE, firmware("1.0.0"))
    new = firmware("1.1.0")
    assert owned.upload(FIRMWARE, new) == 0
    owned.lib.sim_test(FIRMWARE, new.digest, False)
    owned.lib.sim_boot()
    assert owned.upload(FIRMWARE, firmware("1.2.0")) == 10
    assert owned.lib.sim_erase(FIRMWARE, 0) == 10
    assert owned.lib.sim_erase(FIRMWARE, 1) == 10
    assert owned.lib.sim_confirm(FIRMWARE) == 0
    assert owned.upload(FIRMWARE, firmware("1.2.0")) == 0


def test_a_permanent_image_needs_no_trial(owned: Device) -> None:
    owned.install(FIRMWARE, firmware("1.0.0"))
    new = firmware("1.1.0", 3)
    owned.upload(FIRMWARE, new)
    assert owned.lib.sim_test(FIRMWARE, new.digest, True) == 0
    for _ in range(3):
        owned.lib.sim_boot()
        assert owned.active(FIRMWARE) == new.digest
    assert owned.lib.sim_lowest(FIRMWARE) == 3


def test_a_model_on_trial_is_in_ram_only(owned: Device) -> None:
    owned.install(MODEL, model("1.0.0"))
    assert owned.upload(MODEL, model("1.1.0")) == 0
    before = owned.snapshot()
    assert owned.lib.sim_try(1) == 0
    assert owned.active(MODEL) == model("1.1.0").digest
    assert owned.snapshot() == before
    assert owned.lib.sim_revert(MODEL) == 0
    assert owned.active(MODEL) == model("1.0.0").digest


def test_the_counter_rises_with_the_confirmation(owned: Device) -> None:
    owned.install(MODEL, model("1.0.0", 2))
    assert owned.upload(MODEL, model("1.1.0", 9)) == 0
    assert owned.lib.sim_try(1) == 0
    assert owned.lib.sim_lowest(MODEL) == 2
    assert owned.lib.sim_confirm(MODEL) == 0
    assert owned.lib.sim_lowest(MODEL) == 9
    assert owned.upload(MODEL, model("1.2.0", 8)) == 6
    assert owned.lib.sim_rollback(MODEL) != 0


def test_rollback_goes_only_to_what_was_confirmed_before(owned: Device) -> None:
    owned.install(MODEL, model("1.0.0"))
    assert owned.lib.sim_rollback(MODEL) == 9
    assert owned.upload(MODEL, model("1.1.0")) == 0
    assert owned.lib.sim_rollback(MODEL) == 9  # whole and signed, but never confirmed
    owned.install(MODEL, model("1.1.0"))
    assert owned.lib.sim_rollback(MODEL) == 0
    assert owned.active(MODEL) == model("1.0.0").digest
    assert owned.lib.sim_rollback(MODEL) == 0
    assert owned.active(MODEL) == model("1.1.0").digest
    owned.lib.sim_boot()
    assert owned.active(MODEL) == model("1.1.0").digest


def test_a_confirmed_image_that_rots_gives_way_to_the_one_before(owned: Device) -> None:
    owned.install(FIRMWARE, firmware("1.0.0"))
    owned.install(FIRMWARE, firmware("1.1.0"))
    cells = bytearray(owned.snapshot())
    at = cells.index(firmware("1.1.0").content[:64])
    cells[at + 600] ^= 1
    owned.lib.sim_load(bytes(cells))
    owned.lib.sim_boot()
    assert owned.active(FIRMWARE) == firmware("1.0.0").digest


def test_what_runs_for_a_model_that_rots_is_not_given_up(owned: Device) -> None:
    old, rotten, new = model("1.0.0"), model("1.1.0"), model("1.2.0")
    owned.install(MODEL, old)
    owned.install(MODEL, rotten)
    cells = bytearray(owned.snapshot())
    cells[cells.index(rotten.content[:64]) + 600] ^= 1
    owned.lib.sim_load(bytes(cells))
    owned.lib.sim_boot()
    assert owned.active(MODEL) == old.digest
    assert owned.lib.sim_revert(MODEL) == 0
    assert owned.active(MODEL) == old.digest
    assert owned.lib.sim_begin(MODEL, new.size, owned.ffi.NULL) == 0  # and then nothing more
    owned.lib.sim_boot()
    assert owned.active(MODEL) == old.digest
    assert owned.upload(MODEL, new) == 0
    owned.lib.sim_boot()  # whole, but nobody has confirmed it
    assert owned.active(MODEL) == old.digest
    owned.install(MODEL, new)
    assert owned.lib.sim_rollback(MODEL) == 0
    assert owned.active(MODEL) == old.digest


def test_with_nothing_to_run_the_boot_stage_stays(owned: Device) -> None:
    assert owned.lib.sim_boot() == 0xFF
    assert owned.upload(FIRMWARE, firmware("1.0.0")) == 0
    assert owned.lib.sim_boot() == 0xFF  # nobody asked for it to be run
    assert owned.lib.sim_test(FIRMWARE, firmware("1.0.0").digest, False) == 0
    assert owned.lib.sim_boot() == 0


def test_the_same_image_in_both_slots(owned: Device) -> None:
    owned.install(FIRMWARE, firmware("1.0.0"))
    assert owned.upload(FIRMWARE, firmware("1.0.0")) == 0
    assert owned.lib.sim_test(FIRMWARE, firmware("1.0.0").digest, False) == 0
    assert owned.lib.sim_boot() == 1
    assert owned.lib.sim_confirm(FIRMWARE) == 0
    assert owned.lib.sim_boot() == 1


def test_chunks_of_every_size_give_the_same_image(owned: Device) -> None:
    for chunk in (1, 2, 3, 5, 64, 511, 512, 513, 4096):
        assert owned.upload(MODEL, model("1.0.0", size=1500), chunk=chunk) == 0, chunk


def test_the_first_key_is_free_and_others_need_a_voucher(fresh: Device) -> None:
    assert fresh.trust(KEY) == 0
    assert fresh.trust(STRANGER) == 4
    assert fresh.trust(STRANGER, by=STRANGER) == 4
    assert fresh.upload(MODEL, model("1.0.0", key=STRANGER)) == 5
    assert fresh.trust(STRANGER, by=KEY) == 0
    assert fresh.upload(MODEL, model("1.0.0", key=STRANGER)) == 0


def test_a_voucher_for_one_thing_is_none_for_another(owned: Device) -> None:
    trust = KEY.sign(owned.voucher(STRANGER, True))
    assert owned.lib.sim_trust(STRANGER.public, bytes(16), trust, True) == 4  # another device's
    assert owned.lib.sim_trust(STRANGER.public, bytes(range(16)), trust, True) == 0
    assert owned.lib.sim_trust(STRANGER.public, bytes(range(16)), trust, False) == 4


def test_a_voucher_is_good_for_one_time(owned: Device) -> None:
    trust = KEY.sign(owned.voucher(STRANGER, True))
    assert owned.lib.sim_trust(STRANGER.public, bytes(range(16)), trust, True) == 0
    assert owned.trust(STRANGER, by=KEY, trust=False) == 0
    assert owned.lib.sim_trust(STRANGER.public, bytes(range(16)), trust, True) == 4


def test_what_is_being_written_is_not_looked_at(owned: Device) -> None:
    """Else an old image could be verified, tried, and then overwritten by an unsigned one."""
    old, new = model("1.0.0"), model("1.1.0")
    owned.install(MODEL, old)
    owned.install(MODEL, new)
    slot = owned.lib.sim_target(MODEL)
    null = owned.ffi.NULL
    assert owned.lib.sim_begin(MODEL, old.size, null) == 0
    assert owned.lib.sim_try(slot) == 10
    assert owned.lib.sim_test(MODEL, old.digest, False) == 9
    assert owned.lib.sim_rollback(MODEL) in (9, 10)
    evil = b"\x66" * old.size
    assert owned.lib.sim_write(MODEL, 0, evil, len(evil)) == 0
    assert owned.lib.sim_finish(MODEL) == 2
    assert owned.lib.sim_try(slot) == 2
    assert owned.active(MODEL) == new.digest


def test_what_an_upload_s_end_refuses_stays_refused(owned: Device) -> None:
    owned.install(MODEL, model("1.0.0"))
    sent, said = model("1.1.0"), owned.announcement(model("1.2.0"), label=b"\xee" * 32)
    slot = owned.lib.sim_target(MODEL)
    assert owned.upload(MODEL, sent, said) == 3
    assert owned.lib.sim_try(slot) == 3
    assert owned.lib.sim_test(MODEL, sent.digest, False) == 9
    assert owned.label(MODEL, slot) == bytes(32)


def test_a_label_stays_with_its_image(owned: Device) -> None:
    for kind, image in ((FIRMWARE, firmware("1.0.0")), (MODEL, model("1.0.0"))):
        slot = owned.lib.sim_target(kind)
        assert owned.upload(kind, image, owned.announcement(image, label=b"\xee" * 32)) == 0
        assert owned.lib.sim_test(kind, image.digest, False) == 0
        owned.lib.sim_boot()
        assert owned.lib.sim_confirm(kind) == 0
        owned.lib.sim_boot()
        assert owned.label(kind, slot) == b"\xee" * 32


def test_a_write_that_seems_to_fail_does_not_win_over_later_ones(owned: Device) -> None:
    old, new = firmware("1.0.0"), firmware("1.1.0")
    owned.install(FIRMWARE, old)
    assert owned.upload(FIRMWARE, new) == 0
    owned.lib.sim_lie()
    assert owned.lib.sim_test(FIRMWARE, new.digest, False) == 1
    assert owned.trust(STRANGER, by=KEY) == 0
    owned.lib.sim_boot()
    assert owned.active(FIRMWARE) == old.digest
    assert owned.trust(KEY, by=STRANGER, trust=False) == 0  # the second key is known


def test_keys_are_dropped_but_for_the_last(owned: Device) -> None:
    assert owned.trust(KEY, by=KEY, trust=False) == 10
    assert owned.trust(STRANGER, by=KEY) == 0
    assert owned.trust(KEY, by=STRANGER, trust=False) == 0
    assert owned.upload(MODEL, model("1.0.0")) == 5
    assert owned.trust(KEY, by=STRANGER, trust=False) == 9  # it is not there any more


def test_there_are_four_places_for_keys(owned: Device) -> None:
    from edgesdk.bundle.signing import SigningKey

    others = [SigningKey.from_seed(bytes([n]) * 32) for n in range(4)]
    assert [owned.trust(key, by=KEY) for key in others] == [0, 0, 0, 16]


def test_a_model_signed_by_a_dropped_key_runs_no_more(owned: Device) -> None:
    assert owned.trust(STRANGER, by=KEY) == 0
    owned.install(MODEL, model("1.0.0", key=STRANGER))
    assert owned.trust(STRANGER, by=KEY, trust=False) == 0
    owned.lib.sim_boot()
    assert owned.active(MODEL) is None
