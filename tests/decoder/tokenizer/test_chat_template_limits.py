"""Chat templates that would take much: memory, time, and what is still within the limits."""

from __future__ import annotations

import pytest

from edgesdk import ModelRefused
from edgesdk.decoder.chat_template import render

TALK = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Me: é 🎈"}]
DOUBLED = "{% set n = namespace(a=1, b=1) %}{% for i in range(99) %}{% set n.a = [n.a, n.a] %}"
DOUBLED += "{% set n.b = [n.b, n.b] %}{% endfor %}"
KEEPING = "{% set n = namespace(k=[], t='x' * 4000000, l=range(9999) | list) %}"
KEEPING += "{% macro f() %}{% set n.k = [n.k, varargs] %}{% endmacro %}{% for i in range(9999) %}"
ENDLESS = "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}"
THREE_ENDS = "{% endfor %}" * 3
EXHAUSTING = {
    "range": "{% for i in range(10**9) %}{% endfor %}",
    "huge range": "{% for i in range(10**30) %}{% endfor %}",
    "loops": ENDLESS + THREE_ENDS,
    "loops that write": ENDLESS + "x" + THREE_ENDS,
    "loops that catch": "{% set a %}" + ENDLESS + "x" * 999 + THREE_ENDS + "{% endset %}",
    "loops over a list": "{% set l = range(9999) | list %}"
    + ENDLESS.replace("range(9999)", "l")
    + THREE_ENDS,
    "times": "{{ 'x' * 10**9 }}",
    "times turned": "{{ 10**9 * 'x' }}",
    "list times": "{% set l = [1] * 10**9 %}",
    "power": "{{ 9**(9**9) }}",
    "products": "{% set n = 9**99 %}" + "{% set n = n * n %}" * 40 + "{{ n }}",
    "sums": "{% set a = 'x' * 999 %}" + "{% set a = a + a %}" * 40,
    "joined": "{% set a = 'x' * 999 %}" + "{% set a = a ~ a %}" * 40,
    "caught": "{% set a = 'x' * 999 %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40,
    "lists": "{% set a = [1] %}" + "{% set a = a + a %}" * 40,
    "shared lists": "{% set a = [1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}",
    "shared json": "{% set a = [1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a | tojson }}",
    "shared join": "{% set a = ['x' * 99] %}" + "{% set a = [a, a] %}" * 60 + "{{ a | join }}",
    "shared text": "{% set a = [1] %}" + "{% set a = [a, a] %}" * 60 + "{% set b = a | string %}",
    "join": "{% set a = range(9999) | join('x' * 9999) %}",
    "join as method": "{% set a = ('x' * 9999).join(range(9999) | map('string') | list) %}",
    "replace": "{% set a = ('x' * 9999) | replace('x', 'y' * 9999) %}",
    "replace as method": "{% set a = ('x' * 9999).replace('', 'y' * 9999) %}",
    "indent": "{% set a = 'x' | indent(10**9, true) %}",
    "indented lines": "{% set a = ('\\n' * 999999) | indent(64, true) %}",
    "percent": "{{ '%999999999d' % 1 }}",
    "format": "{{ '{:>999999999}'.format(1) }}",
    "format of an attribute": "{{ ['{:>999999999}'] | map(attribute='format') | first }}{{ x() }}",
    "center": "{{ 'x'.center(999999999) }}",
    "center filter": "{{ 'x' | center(999999999) }}",
    "zfill": "{{ 'x'.zfill(999999999) }}",
    "lipsum": "{{ lipsum(n=999999) }}",
    "recursion": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "bytes": "{{ (1).to_bytes(600000000, 'big') | length }}",
    "bytes of all": "{{ true.to_bytes(600000000, 'big') | length }}",
    "shared upper": "{% set b = [[0] * 99999] * 3000 %}{{ b | upper | length }}",
    "shared lists equal": DOUBLED + "{{ n.a == n.b }}",
    "shared lists in": DOUBLED + "{{ n.a in [n.b] }}",
    "shared lists tested": DOUBLED + "{{ n.a is eq n.b }}",
    "shared tuples hashed": DOUBLED.replace("[n.a, n.a]", "(n.a, n.a)") + "{{ {n.a: 1} }}",
    "shared arguments": "{% macro f(i) %}{{ f(i, varargs, varargs) if i else varargs == 1 }}"
    "{% endmacro %}{{ f(1) }}",
    "mapped lists": "{% set l = range(9999) | list %}"
    "{{ ([none] * 9999) | map('d', l, true) | sort }}",
    **{
        "kept " + kept: KEEPING + "{% set n.k = [n.k, " + kept + "] %}{% endfor %}{{ n.k }}"
        for kept in (
            "n.t ~ 'x'",
            "n.t + 'x'",
            "n.t[1:]",
            "n.t | upper",
            "n.t.upper()",
            "(n.t ~ 'x').split('y')",
            "n.t.replace('x', 'y')",
            "n.l + [1]",
            "n.l[1:]",
            "n.l | reverse | list",
            "namespace(a=n.l[1:])",
            "f(*n.l)",
        )
    },
    "long number": "{{ ('9' * 4000000) | int }}",
    "long number of letters": "{{ ('f' * 4000000) | int(0, 16) }}",
    "nested loops": "{% for a in [1] %}" * 30 + "{% endfor %}" * 30,
    "json indent": "{% set a = (range(9999) | list) | tojson(indent=999999999) %}" * 99,
}


@pytest.mark.parametrize("template", [*EXHAUSTING.values()], ids=[*EXHAUSTING])
def test_a_template_that_would_take_much_is_stopped(template: str) -> None:
    with pytest.raises(ModelRefused) as caught:
        render(template, TALK)
    assert caught.value.id == "EDGE-02127"


@pytest.mark.parametrize("compared", ["y in x", "x == x[1:]"])
def test_comparisons_of_long_texts_end_in_time(
    compared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgesdk.decoder.chat_template.values.LONGEST_RUN", 0.05)
    texts = "{% set x = 'x' * 2000000 %}{% set y = 'x' * 1000000 ~ 'y' %}"
    with pytest.raises(ModelRefused):
        render(texts + "{{ [" + f"{compared}," * 5000 + "] | length }}", TALK)


def test_namespaces_that_hold_one_another_are_no_long_text() -> None:
    template = (
        "{% set o = namespace(k=1) %}{% for i in range(60) %}"
        "{% set o.k = namespace(a=o.k, b=o.k) %}{% endfor %}{{ o.k }}"
    )
    assert render(template, TALK) == "<Namespace>"


def test_work_that_grows_with_the_messages_is_within_the_limits() -> None:
    talk = [{"role": role, "content": "word " * 200} for role in ("user", "assistant")] * 250
    template = """{% set ns = namespace(seen=[]) %}{% for m in messages %}
{% set ns.seen = ns.seen + [m] %}{{ messages[loop.index:] | length }}
{{ m.content.split('o')[0].strip() + m.content[1:] | trim }}{% endfor %}{{ ns.seen | length }}"""
    assert render(template, talk).endswith("500")
