"""Sessions through an agent give what they give on the board itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import edgesdk
from edgesdk import registry
from edgesdk.agent.board import Board
from edgesdk.agent.call import Call
from edgesdk.agent.calls import decoder as decoder_calls
from edgesdk.agent.calls import sensing as sensing_calls
from edgesdk.agent.wire.arguments import Nothing, Write
from edgesdk.agent.wire.arrays import ArrayHead, array_to_wire
from edgesdk.agent.wire.plain import from_plain, to_plain
from edgesdk.backend import Arrays
from edgesdk.bench import Figure
from edgesdk.decoder.generation_pieces import Usage
from edgesdk.decoder.prefix import PrefixCache
from edgesdk.decoder.sampling import GREEDY, Sampling
from edgesdk.decoder.session import DecoderSession
from edgesdk.decoder.vocabulary import read_vocabulary
from edgesdk.decoder.writing import Wanted, write
from edgesdk.errors import DoesNotFit
from edgesdk.sensing.description import read as read_description
from edgesdk.sensing.streaming import HostSession, StreamingSession
from tests.agent.odd_board import AbleDevice
from tests.agent.raw_host import Frame, RawHost
from tests.models.variants import PROMPT, X, llama2c, scale_onnx

Start = Callable[..., RawHost]
Blobs = list[bytes]


@pytest.fixture(scope="module")
def installed(board: Path) -> None:
    """A small model and a small decoder on this machine's CPU."""
    with edgesdk.connect("cpu:") as device:
        for name, model in (("scale", scale_onnx(board, 2)), ("story", llama2c(board, 2))):
            with edgesdk.compile(model, "cpu", name=name) as bundle:
                edgesdk.deploy(bundle, device)


@pytest.fixture
def decoder(installed: None) -> Iterator[DecoderSession]:
    """The decoder, on this machine."""
    with edgesdk.connect("cpu:") as device, device.open("story") as session:
        assert isinstance(session, DecoderSession)
        yield session


@pytest.fixture
def host(agent: Start, installed: None) -> RawHost:
    """A host whose agent is connected to this machine's CPU."""
    host = agent()
    host.hello()
    host.call("connect", address="cpu:")
    return host


def opened(host: RawHost, call: str, **arguments: Any) -> tuple[Frame, Blobs]:
    found, blobs, _ = host.answer(host.request(call, **arguments))
    session = found["value"]["session"]
    assert isinstance(session, dict)
    return session, blobs


def wired(inputs: Arrays) -> tuple[list[Any], Blobs]:
    pairs = [array_to_wire(name, array) for name, array in inputs.items()]
    return [to_plain(head) for head, _ in pairs], [bytes(blob) for _, blob in pairs]


def logits_of(blobs: Blobs) -> Any:
    (blob,) = blobs
    return np.frombuffer(blob, np.float32)


def test_a_session_tells_what_it_takes_and_gives(host: RawHost) -> None:
    session, blobs = opened(host, "open", name="scale")
    assert session["inputs"][0]["name"] == "x" and session["inputs"][0]["shape"] == [2, 3]
    assert session["outputs"][0]["dtype"] == "float32" and session["session"] == 1
    assert blobs == [] and "decoder" not in session["abilities"]
    assert opened(host, "open", name="scale")[0]["session"] == 2


def test_wrong_inputs_are_refused_as_on_the_board(host: RawHost) -> None:
    number = opened(host, "open", name="scale")[0]["session"]
    heads, blobs = wired({"x": X})
    for wrong in (wired({"y": X}), wired({"x": X[:1]}), wired({"x": X.astype(np.int8)}), ([], [])):
        error = host.refused("run", wrong[1], session=number, inputs=wrong[0])
        assert (error["type"], error["code"]) == ("InputMismatch", 2)
    for odd in ((heads, []), (heads * 2, blobs * 2), (heads, [blobs[0][1:]])):
        assert host.refused("run", odd[1], session=number, inputs=odd[0])["code"] == 291
    found, answer, _ = host.answer(host.request("run", blobs, session=number, inputs=heads))
    assert from_plain(ArrayHead, found["value"]["outputs"][0]) == ArrayHead("y", "float32", (2, 3))
    assert answer == [(2 * X).tobytes()]


def test_a_closed_session_is_gone_and_closing_twice_is_fine(host: RawHost) -> None:
    number = opened(host, "open", name="scale")[0]["session"]
    host.call("close", session=number)
    host.call("close", session=number)
    assert host.refused("figures", session=number)["code"] == 291


def test_a_bench_takes_its_times_on_the_board(host: RawHost) -> None:
    number = opened(host, "open", name="scale")[0]["session"]
    heads, blobs = wired({"x": X})
    how = {"session": number, "inputs": heads, "warmup": 2, "runs": 7, "seconds": 20.0}
    found, times, events = host.answer(host.request("bench", blobs, **how))
    assert len(np.frombuffer(times[0])) == 7 and np.frombuffer(times[0]).min() > 0
    done = [event["done"] for event in events]
    assert done == sorted(done) and done[0] == 0 and done[-1] == 7
    figures = {k: from_plain(Figure, v) for k, v in found["value"]["figures"].items()}
    assert figures["load_time"].how == "measured" and figures["peak_memory"].unit == "B"
    for wrong in ({"runs": 0}, {"warmup": -1}, {"seconds": 0.0}, {"seconds": float("nan")}):
        assert host.refused("bench", blobs, **{**how, **wrong})["code"] == 291


def test_a_bench_that_is_cancelled_tells_the_runs_until_then(host: RawHost) -> None:
    number = opened(host, "open", name="scale")[0]["session"]
    heads, blobs = wired({"x": X})
    how = {"session": number, "inputs": heads, "warmup": 0, "runs": 1 << 24, "seconds": 600.0}
    id = host.request("bench", blobs, **how)
    told = [host.frame()["event"]["done"] for _ in range(2)]
    host.send({"kind": "cancel", "id": id})
    _, times, events = host.answer(id)
    told += [event["done"] for event in events]
    assert told[-1] <= len(np.frombuffer(times[0])) < 1 << 24


def test_a_decoder_says_what_it_is(host: RawHost, decoder: DecoderSession) -> None:
    session, blobs = opened(host, "open", name="story")
    assert "decoder" in session["abilities"] and "figures" in session["abilities"]
    assert session["vocabulary"] == decoder.vocabulary and session["context"] == decoder.context
    assert ("text" in session["abilities"]) is (decoder.text is not None)
    if decoder.text is not None:
        assert read_vocabulary(*blobs) == decoder.text


def test_logits_are_those_of_the_board(host: RawHost, decoder: DecoderSession) -> None:
    number = opened(host, "open", name="story")[0]["session"]
    prompt = PROMPT.tobytes()
    found, blobs, _ = host.answer(host.request("prefill", [prompt], session=number, every=True))
    want = decoder.prefill(PROMPT, every=True)
    assert np.array_equal(logits_of(blobs), want.ravel()) and found["value"] == {"position": 3}
    _, blobs, _ = host.answer(host.request("decode", session=number, token=7))
    assert np.array_equal(logits_of(blobs), decoder.decode(7))
    assert host.call("rewind", session=number, length=2) == {"position": 2}
    for wrong in ([prompt[:-1]], [], [prompt, prompt]):
        assert host.refused("prefill", wrong, session=number)["code"] == 291
    assert host.refused("decode", session=number, token=-1)["type"] == "UsageError"
    assert host.refused("decode", session=number, token=2**63)["type"] == "UsageError"


def written(host: RawHost, number: int, how: Wanted, prompt: Any = PROMPT) -> int:
    """A request that writes; its id."""
    arguments = {"session": number, **to_plain(how)}
    return host.request("write", [np.asarray(prompt, np.int32).tobytes()], **arguments)


@pytest.mark.parametrize("sampling", [GREEDY, Sampling(temperature=0.9, top_k=20, seed=3)])
def test_tokens_come_one_by_one_and_are_those_of_the_board(
    host: RawHost, decoder: DecoderSession, sampling: Sampling
) -> None:
    number = opened(host, "open", name="story")[0]["session"]
    wanted, usage = Wanted(sampling, 12, frozenset(), 2), Usage()
    want = list(write(PrefixCache(decoder), PROMPT.tolist(), wanted, usage))
    found, _, events = host.answer(written(host, number, wanted))
    assert [event["token"] for event in events] == [choice.token for choice in want]
    assert [event["usage"]["written"] for event in events] == list(range(1, len(want) + 1))
    assert all(len(event["top"]) == 2 and event["logprob"] <= 0 for event in events)
    assert found["value"]["usage"]["written"] == usage.written
    assert found["value"]["position"] == decoder.position
    again = host.answer(written(host, number, wanted))
    assert again[0]["value"]["usage"]["cached"] == len(PROMPT) - 1


@pytest.mark.parametrize("between", ["prefill", "run"])
def test_calls_between_two_prompts_do_not_confuse_the_second(host: RawHost, between: str) -> None:
    number = opened(host, "open", name="story")[0]["session"]
    wanted, nines = Wanted(GREEDY, 6, frozenset()), np.full(6, 9, np.int32)
    first = host.answer(written(host, number, wanted))[2]
    if between == "run":
        heads, blobs = wired({"tokens": nines})
        host.call("run", blobs, session=number, inputs=heads)
    else:
        host.call("rewind", session=number, length=0)
        host.call("prefill", [nines.tobytes()], session=number)
    found, _, second = host.answer(written(host, number, wanted))
    assert [e["token"] for e in second] == [e["token"] for e in first]
    assert found["value"]["usage"]["cached"] == 0


def test_a_cancel_ends_the_writing_and_nothing_else(host: RawHost, decoder: DecoderSession) -> None:
    number = opened(host, "open", name="story")[0]["session"]
    wanted = Wanted(GREEDY, decoder.context - 10, frozenset())
    first, then = written(host, number, wanted), written(host, number, wanted)
    host.send({"kind": "cancel", "id": first})
    host.send({"kind": "cancel", "id": first + 100})
    found, _, events = host.answer(first)
    assert found["kind"] == "result" and len(events) == found["value"]["usage"]["written"]
    found, _, events = host.answer(then)
    assert len(events) == wanted.maximum


def test_a_cancel_ends_the_writing_after_the_token_under_way(installed: None) -> None:
    board, told = Board(), []
    board.connect("cpu:")
    with closing(board):
        held = board.hold(lambda: board.device.open("story"))
        assert held is not None
        call = Call([PROMPT.tobytes()], told.append, lambda: len(told) == 3)
        answer = decoder_calls.write(board, call, Write(held[0], GREEDY, 12, frozenset()))
    assert len(told) == 3 and answer.value["usage"]["written"] == 3


def test_a_cancelled_request_whose_turn_has_not_come_gives_nothing(host: RawHost) -> None:
    number = opened(host, "open", name="story")[0]["session"]
    wanted = Wanted(GREEDY, 50, frozenset())
    first, then = written(host, number, wanted), written(host, number, wanted)
    host.send({"kind": "cancel", "id": then})
    assert len(host.answer(first)[2]) == 50
    assert host.answer(then)[2] == []


@pytest.mark.parametrize(
    "wrong", [{"maximum": 0}, {"top": 65}, {"sampling": {"temperature": -1.0}}, {"ends": [1.5]}]
)
def test_settings_out_of_range_are_refused(host: RawHost, wrong: dict[str, Any]) -> None:
    number = opened(host, "open", name="story")[0]["session"]
    given = {"session": number, **to_plain(Wanted(GREEDY, 5, frozenset())), **wrong}
    error = host.refused("write", [PROMPT.tobytes()], **given)
    assert error["type"] == "UsageError"
    assert host.refused("write", [], **given)["type"] == "UsageError"


def test_a_session_does_only_what_it_can(host: RawHost) -> None:
    scale = opened(host, "open", name="scale")[0]["session"]
    for call, arguments in (
        ("decode", {"token": 1}),
        ("rewind", {"length": 0}),
        ("finish", {}),
        ("decisions", {}),
        ("status", {}),
        ("start", {"facts": {}, "first_tick": 0}),
        ("feed", {"inputs": []}),
    ):
        assert host.refused(call, session=scale, **arguments)["code"] == 291


@pytest.fixture
def able(agent: Start) -> RawHost:
    """A host of a device that may do everything."""
    host = agent("able")
    host.hello()
    found = host.call("connect", address="odd:")
    assert found["abilities"] == ["log", "doubts", "firmware", "listening"]
    return host


def test_what_only_some_devices_do(able: RawHost) -> None:
    assert able.call("log") == {"entries": [["cut of power", "boot", 2]], "counters": {"boots": 7}}
    assert able.call("doubts") == {"doubts": "its cells are noisy"}
    found, _, events = able.answer(able.request("update_firmware"))
    assert found["value"]["firmware"]["version"] == "1.1.0"
    assert [(e["stage"], e["done"], e["total"]) for e in events] == [
        ("stage", 1, 2),
        ("confirm", 2, 2),
    ]


def test_sessions_have_an_end(able: RawHost) -> None:
    for _ in range(64):
        able.call("listening")
    error = able.refused("listening")
    assert error["code"] == 53 and "64 sessions are open" in error["evidence"]
    able.call("close", session=5)
    assert able.call("listening")["session"]["session"] == 65


class Counting(AbleDevice):
    """Counts its sessions: opened, and those of them that are still open."""

    opened = 0

    def __init__(self) -> None:
        super().__init__("able")
        self.left: set[int] = set()

    def listening(self) -> StreamingSession | None:
        session = super().listening()
        self.opened += 1
        self.left.add(number := self.opened)
        session.close = lambda: self.left.discard(number)  # type: ignore[union-attr]
        time.sleep(0.001)
        return session


def test_whatever_was_opened_is_closed(board: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device, call, held = Counting(), Call([], dict, bool), Board()
    backend = SimpleNamespace(name="odd", connect=lambda address: device)
    monkeypatch.setattr(registry, "for_address", lambda address: backend)
    held.connect("odd:")
    for _ in range(64):
        sensing_calls.listening(held, call, Nothing())
    with pytest.raises(DoesNotFit):
        sensing_calls.listening(held, call, Nothing())
    assert device.opened == 64 and len(device.left) == 64
    took = held.held(1).opening.figures()["load_time"].value
    assert took is not None and took >= 0.001
    held.let_go(5)
    assert len(device.left) == 63
    held.close()
    assert device.left == set()


def test_a_sensing_program_decides_as_on_the_board(able: RawHost) -> None:
    session, blobs = opened(able, "listening")
    local = AbleDevice("able").listening()
    assert isinstance(local, HostSession) and "sensing" in session["abilities"]
    assert read_description(json.loads(blobs[0])) == local.description
    number = session["session"]
    sound = np.random.default_rng(5).normal(0, 9000, 480_000).astype(np.int16)
    heads, content = wired({"audio": sound})
    for _ in range(2):
        able.call("start", session=number, facts={}, first_tick=0)
        local.start()
        events = able.call("feed", content, session=number, inputs=heads)["events"]
        assert events == to_plain(local.feed({"audio": sound}))
    decisions = to_plain(local.decisions())
    found, _, before = able.answer(able.request("decisions", session=number))
    ahead = [row for event in before for row in event["decisions"]]
    assert ahead + found["value"]["decisions"] == decisions
    assert len(decisions) > 1000 and len(before) == (len(decisions) - 1) // 1000
    assert able.call("finish", session=number)["events"] == to_plain(local.finish())
    assert able.call("status", session=number)["status"] == to_plain(local.status())
