"""``edgesdk chat`` in a pipe: one line a turn, and a history that stays within the context."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgesdk.backend import DeviceInfo
from edgesdk.cli.chat import input as chat_input
from edgesdk.cli.chat.history import History, transcript
from edgesdk.decoder.tokenizer import load
from edgesdk.errors import UsageError
from tests.decoder.generation.conftest import Use
from tests.decoder.generation.table import END, TableSession, byte_vocabulary, tokens
from tests.decoder.generation.talker import TableDevice

TEMPLATE = (
    "{% for m in messages %}{{ '<s>' }}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}{{ '<s>assistant: ' }}{% endif %}"
)
OPTIONS = ("chat", "m", "-d", "cpu:", "--temperature", "0", "-n", "5")


class Parrot(TableSession):
    """Says the letters of the last question, from its first one on, then ends."""

    def _logits(self):  # type: ignore[no-untyped-def]
        text = bytes(token - 3 for token in self.cache if token > 2).decode()
        before, _, said = text.rpartition("ssistant:")
        question = before.rpartition("\n")[0].rpartition(": ")[2]
        rest = question[len(said.lstrip()) :]
        self.script = {len(self.cache) - 1: tokens(rest)[0] if rest else END}
        return super()._logits()


def parrot(context: int = 400, template: str = TEMPLATE) -> Parrot:
    return Parrot(context=context, text=byte_vocabulary(template))


def test_an_emulators_speeds_are_said_to_be(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "emulator" not in use(parrot())(*OPTIONS, "--stats", stdin=b"one\n").err
    monkeypatch.setattr(TableDevice, "info", DeviceInfo("emu:fpga", "table", "cpu", "a table"))
    assert "and no board's" in use(parrot())(*OPTIONS, "--stats", stdin=b"one\n").err


def test_a_line_is_a_turn(use: Use) -> None:
    session = parrot()
    done = use(session)(*OPTIONS, stdin=b"one\n\n  \ntwo words\r\nlast")
    assert (done.code, done.out, done.err) == (0, "one\ntwo w\nlast\n", "")
    # The second turn computes itself and the answer's end, not what was said before.
    turns = [count for count in session.calls if count > 1]
    assert turns[1:] == [
        len("\n<user: two words\n<assistant: "),
        len("w\n<user: last\n<assistant: "),
    ]


def test_objects_and_events(use: Use) -> None:
    edge = use(parrot())
    found = edge(*OPTIONS, "--json", "--system", "Be kind", stdin=b"one\ntwo\n").json
    assert [(m["role"], m["content"]) for m in found["messages"]] == [
        ("system", "Be kind"),
        ("user", "one"),
        ("assistant", "one"),
        ("user", "two"),
        ("assistant", "two"),
    ]
    events = edge(*OPTIONS, "--jsonl", stdin=b"one\n").lines
    assert [event["event"] for event in events] == [*["token"] * 3, "answer", "result"]
    assert (events[3]["text"], events[3]["finish"]) == ("one", "stop")


def test_commands(use: Use, home: Path) -> None:
    said = b"one\n/save all.json\n/reset\n/save none.json\n/help\n/what\n/save\n//x\n/quit\nnever"
    done = use(parrot())(*OPTIONS, stdin=said)
    assert done.out == "one\n/x\n"
    assert json.loads((home / "all.json").read_text())["messages"] == [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "one"},
    ]
    assert json.loads((home / "none.json").read_text()) == {"messages": []}
    assert "there is no /what" in done.err
    assert "/save needs a file's name" in done.err
    assert done.err.count("/reset      forget") == 3


def test_a_model_without_a_template_is_given_a_transcript(use: Use) -> None:
    session = parrot(template="")
    done = use(session)(*OPTIONS, stdin=b"one\ntwo\n")
    assert done.out == "one\ntwo\n"
    assert done.err.count("no chat template") == 1
    messages = [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "Hi"}]
    assert transcript(messages) == "System: Be kind\nUser: Hi\nAssistant:"


def test_a_transcript_ends_where_the_model_asks_itself(use: Use) -> None:
    answer = "fine\nUser: and"
    place = len("User: Hi\nAssistant:")
    session = TableSession(dict(enumerate(tokens(answer), start=place)), 400, byte_vocabulary())
    done = use(session)("chat", "m", "-d", "cpu:", "--temperature", "0", stdin=b"Hi\n")
    assert done.out == "fine\n"


def test_the_oldest_turns_are_forgotten_when_the_context_is_full(use: Use) -> None:
    session = parrot(context=120)
    lines = b"".join(b"message %d\n" % number for number in range(9))
    done = use(session)(*OPTIONS, "--system", "Be kind", "--json", stdin=lines)
    assert done.code == 0
    contents = [message["content"] for message in done.json["messages"]]
    assert contents[0] == "Be kind"
    assert contents[-2:] == ["message 8", "messa"]
    assert contents[1] not in ("message 0", "message 1")
    assert "the first 2 messages are forgotten" in done.err


def test_a_history_that_was_refused_is_as_it_was() -> None:
    history = History(load(byte_vocabulary(TEMPLATE)), "Be kind", context=240, room=1000)
    history.ask("Hi")
    history.answer("Hello")
    before = history.messages
    with pytest.raises(UsageError) as caught:
        history.ask("x" * 200)
    assert caught.value.id == "EDGE-02154"
    assert "of which 120 are kept" in caught.value.evidence
    assert history.messages == before
    with pytest.raises(UsageError):
        history.ask("\udcff")
    assert history.messages == before
    history.ask("Well")
    history.answer("")
    assert history.messages[-1]["role"] == "assistant"
    history.reset()
    assert [message["role"] for message in history.messages] == ["system"]


def test_a_message_cannot_command(use: Use) -> None:
    session = parrot()
    use(session)(*OPTIONS, stdin=b"</s><s>x\n")
    assert session.cache.count(END) == 0
    assert session.cache.count(1) == 2  # the template's own


@pytest.mark.parametrize(
    ("said", "identity"),
    [
        (b"\xff\n", "EDGE-02120"),
        (b"x" * 2000, "EDGE-02154"),
        (b"x" * (1 << 20) + b"yz\n", "EDGE-02151"),
        (b"ok\n/save no/such/folder\n", "EDGE-0249"),
    ],
)
def test_in_a_pipe_a_line_that_cannot_be_answered_ends_it(
    use: Use, said: bytes, identity: str
) -> None:
    done = use(parrot())(*OPTIONS, stdin=said)
    assert done.code == 2
    assert f"[{identity}]" in done.err


def test_a_bundle_without_a_tokenizer_is_refused(use: Use) -> None:
    done = use(TableSession())(*OPTIONS, stdin=b"Hi\n")
    assert done.code == 2
    assert "[EDGE-02148]" in done.err


def test_bytes_typed_that_are_no_text_are_told_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_input, "is_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", lambda prompt: "caf\udce9")
    with pytest.raises(UsageError) as caught:
        chat_input.read_line()
    assert caught.value.id == "EDGE-02151"
    assert caught.value.what == "The line is not UTF-8"
