"""``/v1/completions`` through the official client."""

from __future__ import annotations

from edgesdk.decoder.tokenizer import load
from edgesdk.serving.job import Told, Usage
from edgesdk.serving.shapes import CompletionShape, Written

from .fakes import FIRST, FakeSession, byte_vocabulary, expected, token
from .running import Serve, body


def test_the_official_client_gets_a_text(serve: Serve) -> None:
    running = serve()
    with running.client() as client:
        done = client.completions.create(**body("x a", max_tokens=5))
    assert done.object == "text_completion"
    assert done.model == "table"
    assert [choice.text for choice in done.choices] == [expected("a", 5)]
    assert done.choices[0].finish_reason == "length"
    assert done.usage is not None
    assert (done.usage.prompt_tokens, done.usage.completion_tokens) == (4, 5)
    assert done.usage.total_tokens == 9


def test_streaming_gives_the_same_text(serve: Serve) -> None:
    running = serve()
    with running.client() as client:
        chunks = list(client.completions.create(**body(max_tokens=30), stream=True))
    texts = [choice.text for chunk in chunks for choice in chunk.choices]
    assert "".join(texts) == expected("a", 30)
    assert len(texts) == 31
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "length"
    assert all(chunk.usage is None for chunk in chunks)


def test_stop_strings_end_a_text_wherever_they_lie(serve: Serve) -> None:
    running = serve()
    with running.client() as client:
        whole = client.completions.create(**body("a", max_tokens=50, stop=["fgh"]))
        stream = client.completions.create(**body("a", max_tokens=50, stop="fgh"), stream=True)
        parts = [choice for chunk in stream for choice in chunk.choices]
    assert whole.choices[0].text == "bcde"
    assert whole.choices[0].finish_reason == "stop"
    assert "".join(part.text for part in parts) == "bcde"
    assert parts[-1].finish_reason == "stop"


def test_the_models_own_end(serve: Serve) -> None:
    running = serve()
    with running.client() as client:
        done = client.completions.create(**body("#", max_tokens=5))
    assert done.choices[0].text == ""
    assert done.choices[0].finish_reason == "stop"


def test_a_seed_repeats_and_another_does_not(serve: Serve) -> None:
    running = serve()
    asked = {**body("a", max_tokens=60), "temperature": 1.0}
    with running.client() as client:
        texts = [
            client.completions.create(**asked, seed=seed).choices[0].text
            for seed in (1, 1, 2, -1, -1)
        ]
        free = {client.completions.create(**asked).choices[0].text for _ in range(3)}
    assert texts[0] == texts[1] != texts[2]
    assert texts[3] == texts[4]
    assert len(free) == 3


def test_extensions_are_taken(serve: Serve) -> None:
    running = serve()
    asked = {**body("a", max_tokens=40), "temperature": 2.0}
    with running.client() as client:
        for extra in ({"top_k": 1}, {"min_p": 0.9}):
            done = client.completions.create(**asked, extra_body=extra)
            assert done.choices[0].text == expected("a", 40)
        # A token that came is divided down below the other one's logit.
        extra = {"repetition_penalty": 4.0}
        done = client.completions.create(**body("ab", max_tokens=1), extra_body=extra)
        assert done.choices[0].text == "c"
        done = client.completions.create(**body("aba", max_tokens=1), extra_body=extra)
        assert done.choices[0].text == " "


def test_prompts_as_tokens_and_several_at_once(serve: Serve) -> None:
    running = serve()
    with running.client() as client:
        tokens = client.completions.create(**{**body(max_tokens=3), "prompt": [token("c")]})
        both = client.completions.create(**{**body(max_tokens=3), "prompt": ["a", "d"]}, n=2)
    assert tokens.choices[0].text == "def"
    assert [(c.index, c.text) for c in both.choices] == [
        (0, "bcd"),
        (1, "bcd"),
        (2, "efg"),
        (3, "efg"),
    ]
    assert both.usage is not None
    assert (both.usage.prompt_tokens, both.usage.completion_tokens) == (4, 12)


def test_probabilities(serve: Serve) -> None:
    running = serve()
    with running.client() as client:
        done = client.completions.create(**body("a", max_tokens=3, logprobs=2))
    told = done.choices[0].logprobs
    assert told is not None
    assert told.tokens == ["b", "c", "d"]
    assert told.text_offset == [0, 1, 2]
    assert told.top_logprobs is not None and list(told.top_logprobs[0]) == ["b", " "]


class Smile(FakeSession):
    """Writes one character of four bytes, over and over."""

    def _logits(self, number: int) -> object:  # type: ignore[override]
        content = "😀".encode()
        byte = number - FIRST
        at = content.index(byte) + 1 if byte in content else 0
        logits = super()._logits(number)
        logits[FIRST + content[at % 4]] = 9.0
        return logits


def test_characters_of_several_tokens_come_whole(serve: Serve) -> None:
    running = serve(Smile())
    with running.client() as client:
        stream = client.completions.create(**body("a", max_tokens=10), stream=True)
        texts = [choice.text for chunk in stream for choice in chunk.choices]
    assert "".join(texts) == "😀😀\ufffd"


def test_probabilities_of_parts_of_characters(serve: Serve) -> None:
    """Each is shown by its bytes, stands where its character does, and hides no other."""
    asked = body("a", max_tokens=6, logprobs=5)
    told = serve(Smile()).post(json=asked).json()["choices"][0]["logprobs"]
    parts = ["bytes:\\xf0", "bytes:\\x9f", "bytes:\\x98", "bytes:\\x80"]
    assert told["tokens"] == [*parts, *parts[:2]]
    assert told["text_offset"] == [0, 0, 0, 0, 1, 1]
    assert next(iter(told["top_logprobs"][0])) == parts[0]


def test_offsets_count_the_text_and_not_the_tokens() -> None:
    """The first token's space is dropped after nothing; a stop string's beginning is kept back."""
    from edgesdk.decoder.generation import Settings, generate
    from edgesdk.decoder.sampling import GREEDY

    session = Spaced()
    assert session.text is not None
    tokenizer = load(session.text)
    pieces = list(generate(session, tokenizer, [1], Settings(4, GREEDY, stops=("abcdef",))))
    assert "".join(piece.text for piece in pieces) == "abc"
    assert [piece.offset for piece in pieces if piece.token is not None] == [0, 0, 1, 2]


class Spaced(FakeSession):
    """Begins its text with the space that its tokenizer puts before every text."""

    def __init__(self) -> None:
        super().__init__()
        self.text = byte_vocabulary(space=True)

    def _logits(self, number: int) -> object:  # type: ignore[override]
        logits = super()._logits(number)
        logits[token(" ") if number == 1 else 0] = 9.0 if number == 1 else -30.0
        return logits


def test_of_two_tokens_with_one_text_the_likelier_is_told() -> None:
    shape = CompletionShape("m", True, False)
    told = Told(b"x", -0.1, ((b"x", -0.1), (b"y", -2.0), (b"x", -3.0)))
    found = shape.whole([Written(["x"], [told], "stop")], Usage())
    assert found["choices"][0]["logprobs"]["top_logprobs"] == [{"x": -0.1, "y": -2.0}]
