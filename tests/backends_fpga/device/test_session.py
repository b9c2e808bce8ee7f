"""A decoder's session on the accelerator, and a context that has an end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from edgesdk.bench import MEASURED, MODELLED, Instrumented
from edgesdk.decoder.reference import Reference
from edgesdk.decoder.session import DecoderSession
from edgesdk.errors import DoesNotFit, LinkFailed, UsageError, VerificationMismatch
from edgesdk_backends.fpga.buffers import MOST_TOKENS, memory_needed
from edgesdk_backends.fpga.emulator.faults import Faults
from edgesdk_backends.fpga.session import FpgaSession
from edgesdk_backends.fpga.weights import layout
from tests.backends_fpga.device.opened import drawn, opened, packed
from tests.decoder.models import random_model

MODEL = random_model(22, activation="relu2", context=160)
TOKENS = drawn(90)


@pytest.fixture(scope="module")
def content() -> bytes:
    return packed(MODEL)


@pytest.fixture
def session(content: bytes) -> Iterator[FpgaSession]:
    with opened(content) as found:
        yield found


def test_it_is_a_decoder_s_session(session: FpgaSession) -> None:
    assert isinstance(session, DecoderSession)
    assert isinstance(session, Instrumented)
    assert (session.vocabulary, session.context, session.position) == (96, 160, 0)


def test_it_computes_what_the_reference_does(session: FpgaSession) -> None:
    wanted = Reference(MODEL).prefill(TOKENS[:32], every=True)
    found = session.prefill(TOKENS[:32], every=True)
    assert np.abs(found - wanted).max() < 0.1 * wanted.std()


def test_blocks_of_any_size_give_the_same_bits(session: FpgaSession) -> None:
    wanted = session.prefill(TOKENS, every=True)
    assert session.position == len(TOKENS)
    for sizes in ([1] * 5, [7, 8, 9], [MOST_TOKENS, 20], [90]):
        session.rewind(0)
        done = 0
        for size in sizes:
            found = session.prefill(TOKENS[done : done + size])
            done += size
            assert np.array_equal(found, wanted[done - 1])


def test_it_goes_back(session: FpgaSession) -> None:
    wanted = session.prefill(TOKENS[:20])
    session.decode(5)
    session.rewind(19)
    assert np.array_equal(session.decode(int(TOKENS[19])), wanted)
    with pytest.raises(UsageError) as caught:
        session.rewind(21)
    assert caught.value.code == 133


def test_run_continues(session: FpgaSession) -> None:
    found = session.run({"tokens": TOKENS[:5]})["continuation"]
    session.rewind(0)
    logits = session.prefill(TOKENS[:5])
    for token in found:
        assert token == logits.argmax()
        logits = session.decode(int(token))


@pytest.mark.parametrize(
    ("tokens", "code"), [([], 130), ([96], 131), ([-1], 131), ([1] * 158, 132)]
)
def test_wrong_tokens_change_nothing(session: FpgaSession, tokens: Any, code: int) -> None:
    wanted = session.prefill([1, 2, 3])
    with pytest.raises(UsageError) as caught:
        session.prefill(tokens)
    assert caught.value.code == code
    assert session.position == 3
    session.rewind(2)
    assert np.array_equal(session.decode(3), wanted)


def test_the_context_has_an_end(content: bytes) -> None:
    with opened(content, context=16) as session:
        session.prefill(TOKENS[:16])
        with pytest.raises(UsageError) as caught:
            session.decode(1)
        assert caught.value.code == 132
        assert session.position == 16
    with pytest.raises(UsageError) as caught:
        opened(content, context=161)
    assert caught.value.code == 133


@pytest.mark.parametrize(("context", "least"), [(3, 8), (7, 8), (8, 8)])
def test_a_context_too_short_for_the_continuation(content: bytes, context: int, least: int) -> None:
    with opened(content, context=context, continuation=8) as session:
        if context >= least:
            assert len(session.run({"tokens": TOKENS[:1]})["continuation"]) == 8
            return
        with pytest.raises(UsageError) as caught:
            session.run({"tokens": TOKENS[:1]})
    assert caught.value.id == "EDGE-02132"
    assert caught.value.evidence.endswith(f"by 8 tokens, and its cache holds {context}")
    assert f"context of {least} or more" in caught.value.next_step


def test_memory_decides_the_context_unless_somebody_asks(content: bytes) -> None:
    model = packed(random_model(1, context=4096))
    shape = layout.decode_header(model[:4096], len(model))
    memory = memory_needed(shape, 2048, True)
    with opened(model, memory=memory) as session:
        assert session.context == 2048
        session.prefill(TOKENS)
    with pytest.raises(DoesNotFit) as caught:
        opened(model, memory=memory, context=4096)
    assert caught.value.id == "EDGE-0930"
    lacking = memory_needed(shape, 4096, True) - memory
    assert f"{lacking} too few" in caught.value.evidence
    assert "context=2048" in caught.value.next_step
    with pytest.raises(DoesNotFit) as caught:
        opened(model, memory=50_000)
    assert "cma=" in caught.value.next_step


@pytest.mark.parametrize(
    ("end", "kind"), [(FpgaSession.close, UsageError), (FpgaSession.replace, LinkFailed)]
)
def test_closed_or_replaced(content: bytes, end: Any, kind: Any) -> None:
    session = opened(content)
    end(session)
    end(session)
    calls = (
        lambda: session.prefill([1]),
        lambda: session.rewind(0),
        lambda: session.position,
        lambda: session.run({"tokens": TOKENS[:2]}),
    )
    for call in calls:
        with pytest.raises(kind):
            call()
    session.close()


def test_ctrl_c_between_blocks_leaves_the_cache_as_it_was(
    session: FpgaSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = session.prefill([5, 6])
    step = session._step

    def interrupted(*arguments: Any) -> None:
        step(*arguments)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(session, "_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.prefill(TOKENS)
    monkeypatch.undo()
    assert session.position == 2
    session.rewind(1)
    assert np.array_equal(session.decode(6), wanted)


def test_ctrl_c_while_it_works_is_answered_and_harmless(content: bytes) -> None:
    """The emulated block says half a second late that it is done; nobody waits for it."""
    with opened(content, faults=Faults("late", after=2)) as session:
        wanted = session.prefill([5])
        session.rewind(0)
        signal.signal(signal.SIGALRM, _interrupt)
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            session.prefill([7])
        assert session.position == 0
        assert np.array_equal(session.prefill([5]), wanted)


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def test_an_accelerator_that_hangs_is_reset_and_works_again(content: bytes) -> None:
    with opened(content, faults=Faults("hang", after=2), deadline=0.3) as session:
        wanted = session.prefill([1, 2])
        session.rewind(1)
        with pytest.raises(LinkFailed) as caught:
            session.decode(2)
        assert caught.value.id == "EDGE-0631"
        assert session.position == 1
        assert np.array_equal(session.decode(2), wanted)


def test_numbers_that_are_none(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    with opened(content) as session:
        forward = session._accelerator.forward

        def wrong(embeddings: Any, start: int, logits: Any) -> Any:
            states = forward(embeddings, start, logits)
            logits[:, 3] = np.nan
            return states

        monkeypatch.setattr(session._accelerator, "forward", wrong)
        with pytest.raises(VerificationMismatch) as caught:
            session.prefill([1, 2])
        assert caught.value.id == "EDGE-0765"
        assert session.position == 0


@pytest.mark.parametrize("head", ["fabric", "host"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_states_that_are_none(
    monkeypatch: pytest.MonkeyPatch, content: bytes, head: str, value: float
) -> None:
    with opened(content, head=head, rescore=4) as session:
        forward = session._accelerator.forward

        def wrong(embeddings: Any, start: int, logits: Any) -> Any:
            states = forward(embeddings, start, logits)
            states[-1, 0] = value
            return states

        monkeypatch.setattr(session._accelerator, "forward", wrong)
        with pytest.raises(VerificationMismatch) as caught:
            session.prefill([1, 2])
        assert caught.value.id == "EDGE-0765"
        assert caught.value.evidence == "states at positions 0 to 1"
        assert session.position == 0


def test_a_token_moves_its_own_bytes_alone(session: FpgaSession, content: bytes) -> None:
    """On a board, each of them is a line of a cache that somebody has to write or drop."""
    session.prefill(TOKENS[:20])
    session.decode(3)
    shape = layout.decode_header(content[:4096], len(content))
    buffers = session._accelerator._resident()._buffers
    moved: list[tuple[str, int]] = []
    for buffer in buffers.values():
        for name in ("flush", "invalidate"):
            setattr(buffer, name, _counting(buffer, name, moved))
    wanted = session.decode(5)
    assert moved == [
        ("flush", 4 * shape.hidden),
        ("invalidate", 4 * shape.hidden),
        ("invalidate", 4 * -(-shape.vocabulary // 16) * 16),
    ]
    session.rewind(20)
    assert np.array_equal(session.prefill([3, 5], every=True)[1], wanted)


def _counting(buffer: Any, name: str, moved: list[tuple[str, int]]) -> Any:
    through = getattr(buffer, name)

    def counted() -> None:
        moved.append((name, len(buffer.array)))
        through()

    return counted


def test_figures_say_how_they_were_obtained(session: FpgaSession) -> None:
    session.run({"tokens": TOKENS[:5]})
    figures = session.figures()
    assert figures["decode_rate"].how == MEASURED
    assert "no board" in figures["decode_rate"].note
    assert figures["device_decode_rate"].how == MODELLED
    assert figures["device_decode_rate"].band is not None
