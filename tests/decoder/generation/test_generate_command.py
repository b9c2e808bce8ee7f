"""``edgesdk generate``: text, objects and events out, and every prompt it takes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from edgesdk.backend import DeviceInfo
from tests.cli.conftest import Edge
from tests.decoder.generation.conftest import Use
from tests.decoder.generation.table import BEGINNING, END, TableSession, byte_vocabulary, script
from tests.decoder.generation.table import tokens as of_text
from tests.decoder.generation.talker import TableDevice

GREEDY = ("-d", "cpu:", "--temperature", "0")


@pytest.fixture
def session() -> TableSession:
    return TableSession(script("Say", "hello\nyou"), text=byte_vocabulary())


@pytest.fixture
def say(use: Use, session: TableSession) -> Edge:
    edge = use(session)
    return lambda *arguments, **more: edge("generate", "m", *arguments, *GREEDY, **more)


def test_the_continuation_goes_to_stdout_and_nothing_else(say: Edge) -> None:
    done = say("Say")
    assert (done.code, done.out, done.err) == (0, "hello\nyou\n", "")
    assert say("Say", "--no-stream").out == "hello\nyou\n"
    assert say("Say", "--echo").out == "Sayhello\nyou\n"
    assert say("Say", "-n", "6").out == "hello\n"  # no empty line where one has just ended
    assert say("Say", "--stop", "\ny", "--stop", "q").out == "hello\n"
    assert say("Say", "-n", "12", "--ignore-end").out == "hello\nyouno\n"


def test_statistics_go_to_stderr_with_the_seed(say: Edge) -> None:
    done = say("Say", "--stats", "--seed", "77")
    assert done.out == "hello\nyou\n"
    assert "prompt: 4 tokens" in done.err
    assert "written: 10 tokens" in done.err
    assert "ended by: stop" in done.err
    assert "seed: 77" in done.err


def test_an_emulators_speeds_are_said_to_be(say: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "emulator" not in say("Say", "--stats").err
    info = DeviceInfo("emu:fpga?engine=native", "table", "cpu", "a table")
    monkeypatch.setattr(TableDevice, "info", info)
    assert "speeds: of an emulator on this machine, and no board's" in say("Say", "--stats").err
    assert "emulator" not in say("Say").err


def test_one_object(say: Edge) -> None:
    found = say("Say", "--json", "--seed", "5").json
    assert (found["ok"], found["model"], found["device"]) == (True, "m", "cpu:")
    assert found["text"] == "hello\nyou"
    assert found["tokens"] == [*of_text("hello\nyou"), END]
    assert (found["finish"], found["seed"]) == ("stop", 5)
    assert (found["prompt_tokens"], found["cached_tokens"], found["written_tokens"]) == (4, 0, 10)
    assert found["first_token_seconds"] >= 0


def test_an_event_for_each_token(say: Edge) -> None:
    *events, last = say("Say", "--jsonl", "-n", "3", "--logprobs", "2").lines
    assert [event["event"] for event in events] == ["token"] * 3
    assert "".join(event["text"] for event in events) == "hel"
    want = 8 - math.log(math.exp(8) + 258)
    assert events[0]["logprob"] == pytest.approx(want)
    assert [one["token"] for one in events[0]["top"]] == [of_text("h")[0], 0]
    assert (last["event"], last["text"], last["finish"]) == ("result", "hel", "length")
    cut = say("Say", "--jsonl", "--stop", "u!").lines
    assert "".join(event["text"] for event in cut[:-1]) == cut[-1]["text"] == "hello\nyou"


def test_a_prompt_from_a_file_and_from_stdin(say: Edge, home: Path) -> None:
    (home / "p.txt").write_bytes(b"\xef\xbb\xbfSay\r\n")
    assert say("--prompt-file", "p.txt").out == "hello\nyou\n"
    assert say("-", stdin=b"Say\n").out == "hello\nyou\n"
    assert say("--prompt-file", "-", stdin=b"Say").out == "hello\nyou\n"


def test_tokens_in_and_out(use: Use) -> None:
    edge = use(TableSession({1: 7, 2: 8, 3: END}))
    done = edge("generate", "m", "--tokens", "1, 9", *GREEDY, "-n", "3")
    assert (done.code, done.out) == (0, "7 8 2 \n")
    assert edge("generate", "m", "--tokens", "1 9", *GREEDY, "--no-stream", "-n3").out == "7 8 2\n"
    found = edge("generate", "m", "--tokens", "1,9", *GREEDY, "-n3", "--json").json
    assert (found["tokens"], found["text"]) == ([7, 8, 2], "")
    refused = edge("generate", "m", "text", *GREEDY)
    assert refused.code == 2
    assert "[EDGE-02148]" in refused.err
    assert "--tokens 1,2,3" in refused.err


def test_control_tokens_only_where_they_are_asked_for(say: Edge, session: TableSession) -> None:
    assert say("</s>", "-n", "1").code == 0
    assert session.cache == [BEGINNING, *of_text("</s>")]
    say("</s>", "-n", "1", "--special")
    assert session.cache == [BEGINNING, END]
    say("ab", "-n", "1", "--raw")
    assert session.cache == of_text("ab")


def test_a_batch_answers_in_the_order_of_its_lines(use: Use, home: Path) -> None:
    edge = use(TableSession(text=byte_vocabulary()))
    (home / "b.txt").write_text("two b\n\n   \ntwo a\r\none\n")
    found = edge("generate", "m", "--batch", "b.txt", *GREEDY, "-n", "2")
    assert found.out == "== line 1\nfg\n== line 4\nfg\n== line 5\nde\n"
    answers = edge("generate", "m", "--batch", "b.txt", *GREEDY, "-n2", "--json").json["answers"]
    assert [(one["line"], one["text"]) for one in answers] == [(1, "fg"), (4, "fg"), (5, "de")]
    assert sorted(one["cached_tokens"] for one in answers) == [0, 1, len("<two ")]
    events = edge("generate", "m", "--batch", "b.txt", *GREEDY, "-n2", "--jsonl").lines
    assert [event["event"] for event in events].count("answer") == 3
    assert events[-1]["answers"] == [{**one, **_timeless(one)} for one in events[-1]["answers"]]


def _timeless(answer: dict[str, object]) -> dict[str, object]:
    assert {"text", "tokens", "finish", "seed", "line"} <= set(answer)
    return {"finish": "length"}


def test_a_huge_maximum_ends_with_the_context(use: Use) -> None:
    edge = use(TableSession(context=16, text=byte_vocabulary()))
    done = edge("generate", "m", "Say", *GREEDY, "-n", "1000000000000")
    assert done.code == 0
    assert len(done.out) == 13 + 1
    assert "the context is full: 16 tokens" in done.err


def test_perplexity_of_a_file(use: Use, home: Path, session: TableSession) -> None:
    edge = use(session)
    session._logits = lambda: np.zeros(259, np.float32)  # type: ignore[method-assign]
    (home / "t.txt").write_text("some text\n" * 20)
    assert "perplexity 259.0000" in edge("generate", "m", "-d", "cpu:", "--perplexity", "t.txt").out
    sizes = ("--window", "20", "--stride", "9")
    given = ("--perplexity", "t.txt", *sizes, "--jsonl")
    *events, last = edge("generate", "m", "-d", "cpu:", *given).lines
    assert {event["event"] for event in events} == {"progress"}
    assert events[-1]["scored"] == events[-1]["of"] == last["scored_tokens"] == 200
    assert last["perplexity"] == pytest.approx(259)
    assert (last["window"], last["stride"]) == (20, 9)


@pytest.mark.parametrize(
    ("arguments", "identity"),
    [
        ((), "EDGE-02150"),
        (("",), "EDGE-02150"),
        (("-",), "EDGE-02150"),
        (("Say", "--tokens", "1"), "EDGE-02150"),
        (("Say", "--window", "9"), "EDGE-02150"),
        (("Say", "--logprobs", "1"), "EDGE-02150"),
        (("--batch", "empty", "--echo"), "EDGE-02150"),
        (("Say", "--logprobs", "1", "--json"), "EDGE-02150"),
        (("--tokens", "1", "--stop", "x"), "EDGE-02150"),
        (("--tokens", "1", "--raw"), "EDGE-02150"),
        (("--perplexity", "latin", "--echo"), "EDGE-02150"),
        (("--perplexity", "latin", "-n", "256"), "EDGE-02150"),
        (("--perplexity", "latin", "--stop", "x"), "EDGE-02150"),
        (("--perplexity", "latin", "--temperature", "0"), "EDGE-02150"),
        (("Say\ud83d",), "EDGE-02120"),
        (("Say", "--repetition-penalty", "1e-38"), "EDGE-02145"),
        (("--batch", "empty"), "EDGE-02150"),
        (("--prompt-file", "nothing"), "EDGE-02151"),
        (("--prompt-file", "."), "EDGE-02151"),
        (("--prompt-file", "latin"), "EDGE-02120"),
        (("Say\udcff",), "EDGE-02120"),
        (("--tokens", "1,-2"), "EDGE-02152"),
        (("--tokens", ""), "EDGE-02152"),
        (("--tokens", "99999999999999999999"), "EDGE-02152"),
        (("--perplexity", "empty"), "EDGE-02153"),
        (("x" * 65,), "EDGE-02146"),
        (("Say", "--stop", ""), "EDGE-02145"),
        (("Say", "--top-p", "0"), "EDGE-02145"),
        (("Say", "--temperature", "nan"), "EDGE-02145"),
        (("Say", "-n", "0"), "EDGE-0201"),
        (("Say", "--top-p", "2"), "EDGE-0201"),
    ],
)
def test_what_makes_no_sense_is_refused(
    use: Use, home: Path, arguments: tuple[str, ...], identity: str
) -> None:
    session = TableSession(text=byte_vocabulary())
    (home / "empty").write_text("")
    (home / "latin").write_bytes(b"caf\xe9")
    done = use(session)("generate", "m", "-d", "cpu:", *arguments, stdin=b"")
    assert done.code == 2
    shown = done.out if "--json" in arguments else done.err
    assert (identity if "--json" in arguments else f"[{identity}]") in shown
    assert session.calls == []


def test_bytes_of_an_argument_that_are_no_text_are_told_as_such(use: Use) -> None:
    done = use(TableSession(text=byte_vocabulary()))("generate", "m", "-d", "cpu:", "Say\udcff")
    assert "not UTF-8" in done.err
    assert "0xff at 3" in done.err


def test_a_model_that_continues_nothing_is_refused(edge: Edge, bundle: Path) -> None:
    for verb in ("generate", "chat"):
        done = edge(verb, bundle, *(["Say"] if verb == "generate" else []), "-d", "cpu:")
        assert done.code == 2
        assert "[EDGE-02147]" in done.err
        assert "edgesdk run" in done.err


def test_damaged_weights_are_told(say: Edge, session: TableSession) -> None:
    session._logits = lambda: np.full(259, np.nan, np.float32)  # type: ignore[method-assign]
    done = say("Say", "--json")
    assert done.code == 2
    assert done.json["error"]["id"] == "EDGE-02149"
    assert done.json["text"] == ""


def test_a_broken_link_tells_what_there_was(say: Edge, session: TableSession) -> None:
    session.fail_at = 4
    done = say("Say", "--json")
    assert (done.code, done.json["text"]) == (6, "hell")
    session.rewind(0)
    session.calls.clear()
    assert say("Say").out == "hell\n"
