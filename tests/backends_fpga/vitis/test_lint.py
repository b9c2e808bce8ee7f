"""The lint finds each kind of fault, where it is, and nothing in a kernel that has none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.lint_hls import ROOT, interface, kernels, lint, registers

GOOD = """
#include "config.hpp"
namespace edge {
#ifndef __SYNTHESIS__
inline void *host() { return malloc(3); }  // no synthesis sees it
#endif
struct Shape { int rows; int groups() const { return rows / 16; } };
template <class Config> float last(const float *row, int rows) {
#pragma HLS INLINE
  return row[rows - 1];
}
template <class Config>
void scale(const float row[Config::MAX_HIDDEN], int rows, sint_t<8> factor, float *out) {
  float lane[16];
#pragma HLS ARRAY_PARTITION variable=lane complete
  /* the word double in a comment */
  for (int i = 0; i < rows / 16; ++i) {
#pragma HLS LOOP_TRIPCOUNT max=160
#pragma HLS PIPELINE II=1
    for (int first = 0; first < 16; first += 4) {
#pragma HLS UNROLL
      for (int l = first; l < first + 4; ++l) lane[l] = mul(row[16 * i + l], -2.0f);
    }
    const float negative = -lane[0];
    out[i + 1] = sum(lane, negative) < 0.0f ? last<Config>(row, rows) : from_int(factor);
  }
}
}  // namespace edge
"""


def bad_kernels() -> Iterator[tuple[str, str, str, str, str]]:
    """Name, rule, line, a word of the finding, kernel."""
    _, *parts = (Path(__file__).parent / "bad_kernels.txt").read_text().split("==== ")
    for part in parts:
        head, _, kernel = part.partition("\n")
        name, rule, line, word = head.split(" | ")
        yield name, rule, line, word, kernel


def of(text: str, name: str = "kernel.hpp") -> list[str]:
    return lint({name: text}, registers())


def test_a_good_kernel() -> None:
    assert of(GOOD) == []


@pytest.mark.parametrize(("name", "rule", "line", "word", "kernel"), list(bad_kernels()))
def test_each_fault_is_found_where_it_is(
    name: str, rule: str, line: str, word: str, kernel: str
) -> None:
    found = of(kernel)
    start = f"kernel.hpp:{line}: {rule}: "
    assert any(finding.startswith(start) and word in finding for finding in found), (name, found)


def test_a_branch_that_synthesis_does_not_take() -> None:
    assert of("#ifdef EDGE_CHECK\nvoid f() { throw 1; }\n#endif") == []
    assert of("#if !defined(__SYNTHESIS__) || 0\nvoid f() { throw 1; }\n#endif") == []
    assert of("#if defined(EDGE_AP) || defined(__SYNTHESIS__)\nvoid f() { throw 1; }\n#endif")
    assert of("#if defined(EDGE_AP)\n#elif 1\nvoid f() { throw 1; }\n#else\n#endif")


def test_a_macro_of_another_file() -> None:
    types = "#if defined(__SYNTHESIS__)\n#define VENDOR 1\n#endif\n"
    native = "#ifndef VENDOR\nvoid f() { throw 1; }\n#endif\n"
    assert lint({"types.hpp": types, "native.hpp": native}, registers()) == []


def test_the_named_exceptions() -> None:
    assert of("float add(float a, float b) { return a + b; }", "float32.hpp") == []
    assert of("int f(word128 a) { return a.range(3, 0); }", "types.hpp") == []


def test_an_allowance_needs_its_rule_and_a_reason() -> None:
    kernel = "int f(int a, int b) {\n  return a / b;%s\n}"
    assert of(kernel % "  // lint allows division: once a call") == []
    assert of(kernel % "  // lint allows division:")
    assert of(kernel % "  // lint allows float: once a call")


TOP = """
extern "C" void edge_decoder(std::uint32_t tokens, float epsilon, const word128 *weights,
                             word128 *logits, std::uint32_t *status) {
#pragma HLS INTERFACE mode=m_axi port=weights bundle=gmem0 offset=slave latency=64 depth=16
#pragma HLS INTERFACE mode=m_axi port=logits bundle=gmem0 offset=slave latency=64 depth=16
#pragma HLS INTERFACE mode=s_axilite port=tokens bundle=control
#pragma HLS INTERFACE mode=s_axilite port=epsilon bundle=control
#pragma HLS INTERFACE s_axilite port=weights bundle=control
#pragma HLS INTERFACE mode=s_axilite port=logits bundle=control
#pragma HLS INTERFACE mode=s_axilite port=status bundle=control
#pragma HLS INTERFACE mode=s_axilite port=return bundle=control
  *status = tokens;
}
"""
ARGUMENTS = [
    interface.Argument("tokens", "value"),
    interface.Argument("epsilon", "float"),
    interface.Argument("weights", "address"),
    interface.Argument("logits", "address"),
    interface.Argument("status", "output"),
]


def test_a_good_top_function() -> None:
    assert lint({"decoder.cpp": TOP}, ARGUMENTS) == []


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("float epsilon", "float inverse", "argument 2 of edge_decoder is inverse"),
        (", std::uint32_t *status", "", "lacks status"),
        ("*status)", "*status, int more)", "has more, which is not in regs.toml"),
        ("float epsilon", "std::uint32_t epsilon", "the map says float"),
        ("std::uint32_t *status", "std::uint32_t status", "status must be a pointer"),
        ("port=return", "port=result", "no argument result"),
        ("port=return", "port=status", "return needs s_axilite"),
        ("s_axilite port=tokens bundle=control", "ap_none port=tokens", "tokens has no s_axilite"),
        ("port=status bundle=control", "port=status bundle=other", "bundle=control"),
        ("m_axi port=weights", "axis port=weights", "weights needs an m_axi"),
        ("bundle=gmem0 offset=slave", "bundle=gmem9 offset=slave", "needs a bundle of gmem0"),
        ("port=logits bundle=gmem0 offset=slave", "port=logits bundle=gmem0", "offset=slave"),
        (" latency=64 depth=16", " latency=64", "depth="),
        ("port=logits bundle=gmem0 offset=slave latency=64", "port=logits bundle=gmem0 "
         "offset=slave latency=30", "says otherwise of gmem0"),
        ("word128 *logits", "float *logits", "gmem0 carries float and word128"),
    ],
)  # fmt: skip
def test_a_top_function_that_is_not_the_map(before: str, after: str, word: str) -> None:
    assert before in TOP
    found = lint({"decoder.cpp": TOP.replace(before, after, 1)}, ARGUMENTS)
    assert any(": interface: " in finding and word in finding for finding in found), found


def test_the_kernels_are_clean() -> None:
    sources = kernels()
    assert "decoder.cpp" in sources
    assert lint(sources, registers()) == []


def test_the_command(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tools" / "lint_hls.py")]
    bad = tmp_path / "bad.hpp"
    bad.write_text("void f() { throw 1; }")
    found = subprocess.run([*command, bad], capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert f"{bad}:1: forbidden: throw" in found.stdout
    gone = subprocess.run(
        [*command, tmp_path / "none"], capture_output=True, text=True, check=False
    )
    assert gone.returncode == 1
    assert "Traceback" not in gone.stderr
    bad.write_text("int twice(int a) { return 2 * a; }")
    assert subprocess.run([*command, bad], capture_output=True, check=False).returncode == 0
