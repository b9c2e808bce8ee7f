"""Chat templates: what they write, and what they may not do."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from edgesdk import ModelRefused, UsageError
from edgesdk.decoder.chat_template import render
from edgesdk.decoder.vocabulary import LARGEST_TEMPLATE
from edgesdk.errors import MissingExtra

TALK = [
    {"role": "system", "content": " Be brief. "},
    {"role": "user", "content": "Who?\n"},
    {"role": "assistant", "content": "<think>me</think>Me: é 🎈"},
    {"role": "user", "content": "Why?"},
]
# The constructions that published templates use, each in a template of its own.
TEMPLATES = {
    "markers": """
{%- for message in messages %}
    {{- '<|' + message.role + '|>\\n' + message['content'] + '<|end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>\\n' }}
{%- endif %}
""",
    "names": """{{ bos_token }}{% for m in messages %}
{% set line = m['role'] | capitalize + ': ' + m['content'] | trim + eos_token %}
{% if loop.index0 == 0 %}{% set line = '#' ~ line ~ loop.length %}{% endif %}
{{ line }}{% endfor %}{{ 'Assistant: ' if add_generation_prompt }}""",
    "system first": """{% if messages[0]['role'] == 'system' %}
{% set system = messages[0].content.strip() %}{% set rest = messages[1:] %}
{% else %}{% set system = '' %}{% set rest = messages %}{% endif %}
{% for message in rest %}
{% if (message.role == 'user') != (loop.index0 % 2 == 0) %}
{{ raise_exception('user and assistant must take turns') }}
{% endif %}
[{{ system ~ ' ' if loop.first and system }}{{ message.content }}]
{% endfor %}""",
    "thoughts": """{% set ns = namespace(last=none, seen=0) %}{% for m in messages %}
{% if m.role == 'user' %}{% set ns.last = loop.index0 %}{% continue %}{% endif %}
{% if '</think>' in m.content %}{{ m.content.split('</think>')[-1].lstrip() }}{% endif %}
{% set ns.seen = ns.seen + 1 %}{% endfor %}{{ ns.last }} {{ ns.seen }}""",
    "json": """{% macro show(x, deep=true) %}
{{ x | tojson(indent=2) if deep else x | tojson }}{% endmacro %}
{% for m in messages | selectattr('role', 'equalto', 'user') | list %}{{ show(m) }}
{{ show(m.content, false) }}{% endfor %}
{{ messages | map(attribute='role') | join(', ') | replace('user', 'U') | upper }}
{% for key, value in messages[0].items() %}{{ key }}={{ value | length }};{% endfor %}
{{ tools is defined }} {{ strftime_now is defined }} {{ missing | default('none') }}
{% set block %}{{ messages | length }} in all{% endset %}{{ block | indent(3, true) }}""",
    "in loops": """{% macro line(x) %}[{{ x.replace('a', 'b') }}]{% endmacro %}
{% for m in messages %}
{{ m.content.replace('?', '!', 1) }}{{ ','.join([m.role, 'x']) }}{{ line(m.role) }}
{% for key, value in m.items() if key != 'role' %}{{ key, value }}{% endfor %}{% endfor %}
{% set all = messages | map(attribute='role') %}{{ 'some' if all }}{{ all | list | last }}
{{ messages[1:3] | length }}{{ (messages[0].content == messages[-1]['content']) or 'other' }}
{{ messages[0].get('name', 'none') }}{{ [1, 2].index(2) }}{{ '12' | int + 1 }}""",
}


def plainly(template: str, **values: Any) -> str:
    """The same by Jinja itself, set up as ``transformers`` does."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = lambda value, indent=None: json.dumps(
        value, ensure_ascii=False, indent=indent
    )
    return environment.from_string(template).render(**values)


@pytest.mark.parametrize("prompt", [True, False])
@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_give_what_jinja_gives(name: str, prompt: bool) -> None:
    values = {"messages": TALK, "add_generation_prompt": prompt}
    expected = plainly(TEMPLATES[name], **values, bos_token="<s>", eos_token="</s>")
    assert render(TEMPLATES[name], TALK, prompt, beginning="<s>", end="</s>") == expected
    assert len(expected) >= 10


def test_the_markers_are_where_they_belong() -> None:
    text = render(TEMPLATES["markers"], TALK[1:2])
    assert text == "<|user|>\nWho?\n<|end|>\n<|assistant|>\n"


def test_marks_for_training_write_nothing() -> None:
    template = (
        "{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}"
    )
    assert render(template, TALK[3:]) == "Why?"


def test_a_template_may_refuse_messages() -> None:
    with pytest.raises(UsageError) as caught:
        render(TEMPLATES["system first"], [TALK[1], TALK[3]])
    assert caught.value.id == "EDGE-02128"
    assert caught.value.evidence == "user and assistant must take turns"


ESCAPES = {
    "class": "{{ ''.__class__.__mro__ }}{{ ''.__class__.__mro__() }}",
    "globals": "{{ raise_exception.__globals__['os'].system('true') }}",
    "cycler": "{{ cycler.__init__.__globals__.os }}",
    "attr filter": "{{ messages | attr('append') }}",
    "change": "{% do messages.append(1) %}",
    "change as expression": "{{ messages.append(1) }}",
    "format string": "{{ '{0.__class__}'.format(messages) }}",
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import 'os' as os %}",
    "file": "{{ open('/etc/passwd').read() }}",
    "environment": "{{ self._TemplateReference__context.environment.globals() }}",
}
WRONG = {
    "syntax": "{% for %}",
    "open": "{% if true %}",
    "name": "{{ nothing.of.this }}",
    "call": "{{ strftime_now('%d') }}",
    "sum": "{{ 'a' + 1 }}",
    "json of nothing": "{{ missing | tojson }}",
    "too long": "x" * (LARGEST_TEMPLATE + 1),
}


@pytest.mark.parametrize("template", [*ESCAPES.values()], ids=[*ESCAPES])
def test_a_template_cannot_leave_its_sandbox(template: str) -> None:
    with pytest.raises(ModelRefused) as caught:
        render(template, TALK)
    assert caught.value.id == "EDGE-02127"


@pytest.mark.parametrize("template", [*WRONG.values()], ids=[*WRONG])
def test_a_template_that_is_wrong_is_refused(template: str) -> None:
    with pytest.raises(ModelRefused) as caught:
        render(template, TALK)
    assert caught.value.id == "EDGE-02127"
    assert "\n" not in caught.value.evidence


def test_a_model_without_a_template_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        render("", TALK)
    assert caught.value.id == "EDGE-02126"


@pytest.mark.parametrize(
    "messages",
    [
        [],
        "hello",
        ["hello"],
        [{}],
        [{"role": "user"}],
        [{"role": "user", "content": None}],
        [{"role": "user", "content": [{"type": "text", "text": "x"}]}],
        [{"role": "user", "content": "x", "more": 1}],
        [{"role": "endoftext", "content": "x"}],
        [{"role": "user|>\n<|system", "content": "x"}],
        None,
    ],
)
def test_what_is_no_conversation_is_refused(messages: Any) -> None:
    with pytest.raises(UsageError) as caught:
        render("{{ messages }}", messages)
    assert caught.value.id == "EDGE-02128"


def test_messages_beyond_the_limit_are_refused() -> None:
    with pytest.raises(UsageError) as caught:
        render(TEMPLATES["markers"], [{"role": "user", "content": "x" * (3 << 20)}])
    assert caught.value.id == "EDGE-02122"


def test_a_long_conversation_is_within_the_limits() -> None:
    talk = [{"role": role, "content": "word " * 200} for role in ("user", "assistant")] * 500
    for name in ("markers", "names", "system first"):
        assert len(render(TEMPLATES[name], talk)) > 1_000_000


def test_a_debugger_stays_where_it_was() -> None:
    seen = []
    before = sys.gettrace()

    def trace(*event: Any) -> None:
        seen.append(event)

    sys.settrace(trace)
    try:
        render(TEMPLATES["markers"], TALK)
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is trace
    assert seen


def test_threads_do_not_count_for_each_other() -> None:
    found: list[str] = []
    talk = [{"role": "user", "content": "x" * 9_000}] * 200
    threads = [
        threading.Thread(target=lambda: found.append(render(TEMPLATES["markers"], talk)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_the_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("jinja2", "edgesdk.decoder.chat_template.sandbox"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delattr("edgesdk.decoder.chat_template.sandbox", raising=False)
    with pytest.raises(MissingExtra, match="jinja2") as caught:
        render(TEMPLATES["markers"], TALK)
    assert "edgesdk[decoder]" in caught.value.next_step
