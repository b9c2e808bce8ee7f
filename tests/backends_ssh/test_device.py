"""What a device and its sessions at a distance are, and what they are not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import edgesdk
from edgesdk import DeployEvent, LinkFailed, UsageError
from edgesdk.agent.wire.messages import Message
from edgesdk.backend import Device, DoubtfulDevice, FirmwareDevice, LoggingDevice
from edgesdk.bench import Instrumented, TimesItself
from edgesdk.decoder.generation import generate
from edgesdk.decoder.generation_pieces import Settings, Usage
from edgesdk.decoder.sampling import Sampling
from edgesdk.decoder.session import DecoderSession
from edgesdk.decoder.writing import Wanted, WritingSession
from edgesdk.sensing.streaming import ListeningDevice
from edgesdk_backends.ssh.abilities import device_of
from edgesdk_backends.ssh.sessions.decoder import BoardDecoder
from tests.backends_ssh.small import bundle, interrupt
from tests.models.variants import PROMPT, X, continuation, llama2c

ABILITIES = {
    "log": LoggingDevice,
    "doubts": DoubtfulDevice,
    "firmware": FirmwareDevice,
    "listening": ListeningDevice,
}


@pytest.mark.parametrize("given", [(), ("log",), ("doubts", "listening"), tuple(ABILITIES)])
def test_a_device_can_what_its_board_names_and_nothing_else(given: tuple[str, ...]) -> None:
    device = device_of(None, (*given, "flight"))  # type: ignore[arg-type]
    found = {name for name, protocol in ABILITIES.items() if isinstance(device, protocol)}
    assert found == set(given)


def test_progress_of_a_deploy_counts_the_way_and_the_writing(board: Path) -> None:
    events: list[DeployEvent] = []
    with bundle(board, 2, "1.0.0") as made, edgesdk.connect("ssh://there") as device:
        edgesdk.deploy(made, device, on_event=events.append)
    for part in made.manifest.parts:
        counts = [e.done for e in events if e.stage == "stage" and e.part == part.name]
        assert counts == sorted(counts)
        assert counts[0] == part.size // 2
        assert counts[-1] == part.size


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small language model of random weights."""
    return llama2c(tmp_path_factory.mktemp("story"), 2)


@pytest.fixture
def decoder(board: Path, story: Path) -> Iterator[BoardDecoder]:
    """It, opened on the board from a bundle's file."""
    with (
        edgesdk.compile(story, "cpu", name="story") as made,
        edgesdk.connect("ssh://there") as device,
        device.open_bundle(made) as session,
    ):
        assert isinstance(session, BoardDecoder)
        yield session


def wanted(maximum: int) -> Wanted:
    return Wanted(Sampling(temperature=0.0, seed=1), maximum, frozenset())


WANT = [int(token) for token in continuation(llama2c, 2)["continuation"]]


def test_a_decoder_is_one_and_writes_itself(decoder: BoardDecoder) -> None:
    for protocol in (DecoderSession, WritingSession, Instrumented, TimesItself):
        assert isinstance(decoder, protocol)
    usage = Usage()
    found = [choice.token for choice in decoder.write(PROMPT, wanted(8), usage)]
    assert found == WANT[:8]
    assert (usage.prompt, usage.written, decoder.position) == (len(PROMPT), 8, len(PROMPT) + 7)
    usage = Usage()
    again = [c.token for c in decoder.write([*PROMPT, *WANT[:4]], wanted(4), usage)]
    assert again == WANT[4:8]
    assert usage.cached >= len(PROMPT)


def test_prefill_decode_and_rewind_keep_step_with_the_board(decoder: BoardDecoder) -> None:
    every = decoder.prefill(PROMPT, every=True)
    assert every.shape == (len(PROMPT), decoder.vocabulary)
    assert int(every[-1].argmax()) == WANT[0]
    last = decoder.decode(WANT[0])
    assert int(last.argmax()) == WANT[1]
    assert decoder.position == len(PROMPT) + 1
    decoder.rewind(len(PROMPT))
    assert np.array_equal(decoder.decode(WANT[0]), last)
    decoder.run({"tokens": PROMPT})
    assert decoder.position == len(PROMPT) + len(WANT) - 1
    decoder.rewind(0)
    assert np.array_equal(decoder.prefill(PROMPT), every[-1])


def test_what_a_decoder_cannot_take_is_refused_here_and_there(decoder: BoardDecoder) -> None:
    for tokens in ([], [decoder.vocabulary], [0] * (decoder.context + 1)):
        with pytest.raises(UsageError):
            decoder.prefill(tokens)
    with pytest.raises(UsageError):
        decoder.rewind(1)
    assert int(decoder.prefill(PROMPT).argmax()) == WANT[0]


def test_logits_of_many_tokens_come_in_pieces(
    decoder: BoardDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = decoder.prefill([*PROMPT, *WANT], every=True)
    decoder.rewind(0)
    monkeypatch.setattr(
        "edgesdk_backends.ssh.sessions.decoder._MOST_LOGITS", 4 * decoder.vocabulary * 2
    )
    assert np.array_equal(decoder.prefill([*PROMPT, *WANT], every=True), whole)


def test_a_generation_that_is_closed_early_leaves_a_cache_that_is_known(
    decoder: BoardDecoder,
) -> None:
    with closing(decoder.write(PROMPT, wanted(40), Usage())) as choices:
        assert next(choices).token == WANT[0]
    assert len(PROMPT) <= decoder.position <= decoder.context
    before = decoder.position
    decoder.rewind(len(PROMPT))
    assert before >= len(PROMPT)
    assert int(decoder.decode(WANT[0]).argmax()) == WANT[1]


def test_a_generation_that_is_closed_after_the_board_has_ended_it(decoder: BoardDecoder) -> None:
    choices = decoder.write(PROMPT, wanted(4), Usage())
    next(choices)
    until = time.monotonic() + 20
    while decoder.connection._exchange.waiting:
        assert time.monotonic() < until
        time.sleep(0.01)
    choices.close()
    assert decoder.position == len(PROMPT) + 3
    assert int(decoder.decode(WANT[3]).argmax()) == WANT[4]


@pytest.mark.parametrize("call", ["run", "prefill", "rewind", "write"])
def test_ctrl_c_in_a_call_leaves_a_session_that_works(
    decoder: BoardDecoder, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """The answer is held back here until the interrupt has come; then the cache is the board's."""
    if call == "rewind":
        decoder.prefill([*PROMPT, *WANT])
    hold = threading.Event()
    exchange = decoder.connection._exchange
    receive = exchange.received

    def late(message: Message) -> None:
        hold.wait(20)
        receive(message)

    monkeypatch.setattr(exchange, "received", late)
    calls: dict[str, Callable[[], object]] = {
        "run": lambda: decoder.run({"tokens": PROMPT}),
        "prefill": lambda: decoder.prefill(PROMPT),
        "rewind": lambda: decoder.rewind(2),
        "write": lambda: list(decoder.write(PROMPT, wanted(400), Usage())),
    }
    interrupt(then=hold.set)
    with pytest.raises(KeyboardInterrupt):
        calls[call]()
    if call == "write":
        decoder.rewind(0)
    assert decoder.position == (2 if call == "rewind" else 0)
    assert int(decoder.prefill(PROMPT[decoder.position :]).argmax()) == WANT[0]
    settings = Settings(maximum=4, sampling=Sampling(temperature=0.0))
    found = [piece.token for piece in generate(decoder, None, PROMPT.tolist(), settings)]
    assert found[:4] == WANT[:4]


def test_a_benchmark_is_timed_on_the_board(decoder: BoardDecoder) -> None:
    told: list[tuple[int, int]] = []
    times = decoder.timed(
        {"tokens": PROMPT},
        warmup=1,
        runs=3,
        seconds=30.0,
        on_run=lambda done, runs: told.append((done, runs)),
    )
    assert len(times) == 3
    assert told[-1] == (3, 3)
    assert {"load_time", "peak_memory"} <= decoder.figures().keys()
    decoder.run({"tokens": PROMPT})
    assert "load_time" not in decoder.figures()


def test_a_benchmark_that_is_interrupted_ends_on_the_board(decoder: BoardDecoder) -> None:
    """Else it would go on for a minute, and the next call be given up."""

    def on_run(done: int, runs: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decoder.timed({"tokens": PROMPT}, warmup=0, runs=1 << 40, seconds=60.0, on_run=on_run)
    assert decoder.run({"tokens": PROMPT})["continuation"].tolist() == WANT


def test_a_session_outlives_nothing(board: Path) -> None:
    """Closed twice, and used after the device's end."""
    with bundle(board, 2, "1.0.0") as made, edgesdk.connect("ssh://there") as device:
        edgesdk.deploy(made, device)
        session = device.open("scale")
    with pytest.raises(LinkFailed) as caught:
        session.run({"x": X})
    assert caught.value.id == "EDGE-0658"
    session.close()
    session.close()
    with pytest.raises(UsageError) as after:
        session.run({"x": X})
    assert after.value.id == "EDGE-0207"


def test_a_firmware_less_board_says_so(board: Path) -> None:
    with edgesdk.connect("ssh://there") as device:
        assert isinstance(device, Device)
        assert not isinstance(device, (LoggingDevice, FirmwareDevice, ListeningDevice))
