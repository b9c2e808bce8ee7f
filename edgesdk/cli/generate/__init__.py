"""``edgesdk generate``: a text continued by a language model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from ...decoder.generation import Settings
from ...decoder.generation_model import as_decoder, tokenizer_of
from ...decoder.generation_pieces import MOST_ALTERNATIVES
from ...decoder.tokenizer import Tokenizer
from ...errors import UsageError
from ..opening import connect, opened
from ..options import FILE, common, device, events, typed
from ..output import Output
from ..suggestions import models
from .options import SAMPLING, sampling, settings_of
from .perplexity import measure
from .prompt import Prompt, batch, one_prompt
from .run import Task, run_batch, run_one


@click.command()
@click.argument("model", metavar="NAME_OR_BUNDLE", shell_complete=models)
@click.argument("prompt", required=False)
@device
@click.option("--prompt-file", type=FILE, metavar="FILE", help="The prompt; - for stdin.")
@click.option("--batch", type=FILE, metavar="FILE", help="Many prompts, one a line.")
@click.option("--tokens", metavar="1,2,3", help="The prompt as tokens; tokens are printed, too.")
@click.option("--perplexity", type=FILE, metavar="FILE", help="Score this text instead.")
@click.option(
    "-n",
    "--max-tokens",
    "maximum",
    type=click.IntRange(1),
    default=256,
    show_default=True,
    metavar="N",
    help="Most tokens to write; never more than the context has room for.",
)
@sampling
@click.option("--ignore-end", is_flag=True, help="Go on where the model would end the text.")
@click.option("--raw", is_flag=True, help="Do not put the model's beginning token first.")
@click.option("--special", is_flag=True, help="Names of control tokens in the prompt are those.")
@click.option("--echo", is_flag=True, help="Print the prompt before its continuation.")
@click.option("--no-stream", is_flag=True, help="Print the text when it is whole.")
@click.option("--stats", is_flag=True, help="Tell tokens, speeds and the seed on stderr.")
@click.option(
    "--logprobs",
    type=click.IntRange(0, MOST_ALTERNATIVES),
    metavar="N",
    help="With --jsonl: each token's log probability, and those of the N likeliest.",
)
@click.option("--window", type=click.IntRange(2), metavar="N", help="Tokens --perplexity sees.")
@click.option("--stride", type=click.IntRange(1), metavar="N", help="Tokens between its windows.")
@events
@common
@click.pass_obj
def command(out: Output, /, *, model: str, device: str | None, **given: Any) -> None:
    """Continue a text with a language model.

    The prompt is a text, - for stdin, or one of --prompt-file, --batch, --tokens. The continuation
    goes to stdout as it comes, and everything else to stderr.

    By default a token is drawn as llama.cpp does: of the 40 likeliest, those that make up 95 % of
    the probability and have at least 5 % of the likeliest one's, at temperature 0.8, which is
    applied last. --temperature 0 takes the likeliest token: the same text every time.
    """
    _check(out, model, given)
    settings = _settings(given)
    prompts = _prompts(given)
    with (
        connect(out, device) as connected,
        opened(model, connected) as (found, session),
    ):
        info = connected.info
        out.attach(model=found.name, version=found.version, device=info.address)
        decoder = as_decoder(session)
        if given["perplexity"]:
            sizes = given["window"], given["stride"]
            text, fields = measure(out, decoder, given["perplexity"], *sizes)
            out.result(text, **fields)
            return
        tokenizer = None if given["tokens"] else tokenizer_of(decoder)
        live = not given["no_stream"] and not given["batch"]
        task = Task(out, decoder, tokenizer, settings, live, given["stats"], info.emulated)
        ready = [_encoded(prompt, tokenizer, given) for prompt in prompts]
        if given["batch"]:
            run_batch(task, ready)
        else:
            run_one(task, ready[0], _echo(prompts[0]) if given["echo"] else "")
        out.result("")


def _check(out: Output, model: str, given: Mapping[str, Any]) -> None:
    """Refuse options that do not go together. Raises ``UsageError`` (EDGE-02150)."""
    sources = ("prompt", "prompt_file", "batch", "tokens", "perplexity")
    count = sum(given[source] is not None for source in sources)
    problem = ""
    if count != 1:
        first = ": the model's name comes before it" if " " in model else ""
        problem = f"Give one prompt{first}" if count == 0 else "Give one prompt only"
    elif (given["window"] or given["stride"]) and not given["perplexity"]:
        problem = "--window and --stride go with --perplexity"
    elif given["logprobs"] is not None and not out.events:
        problem = "--logprobs goes with --jsonl"
    elif given["echo"] and given["batch"]:
        problem = "--echo does not go with --batch"
    elif given["perplexity"] and (idle := typed(given, (*sources, "window", "stride"))):
        problem = f"--perplexity writes nothing: {idle} does not go with it"
    elif given["tokens"] and (idle := typed({"stops": 0, "raw": 0, "special": 0})):
        problem = f"--tokens works without texts: {idle} does not go with it"
    if problem:
        raise UsageError(
            problem,
            next_step="A prompt is a text, - for stdin, or one of --prompt-file, --batch and "
            "--tokens; --perplexity FILE takes their place",
            code=150,
        )


def _settings(given: Mapping[str, Any]) -> Settings:
    chosen = {name: given[name] for name in SAMPLING}
    stop_tokens = not given["ignore_end"]
    return settings_of(chosen, given["maximum"], stop_tokens=stop_tokens, top=given["logprobs"])


def _prompts(given: Mapping[str, Any]) -> list[Prompt]:
    """What is to be continued, read before a device is asked for anything."""
    if given["perplexity"]:
        return []
    if given["batch"]:
        return batch(given["batch"])
    return [one_prompt(given["prompt"], given["prompt_file"], given["tokens"])]


def _encoded(prompt: Prompt, tokenizer: Tokenizer | None, given: Mapping[str, Any]) -> Prompt:
    """The prompt as tokens. Raises ``UsageError`` from the tokenizer."""
    if tokenizer is None or not isinstance(prompt.content, str):
        return prompt
    tokens = tokenizer.encode(prompt.content, beginning=not given["raw"], special=given["special"])
    return replace(prompt, content=tuple(tokens))


def _echo(prompt: Prompt) -> str:
    if isinstance(prompt.content, str):
        return prompt.content
    return "".join(f"{token} " for token in prompt.content)
