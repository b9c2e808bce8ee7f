"""The pragmas of Vitis HLS (UG1399) and where each may stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

NUMBER, NAME, FLAG, VARIABLE = "a number", "a name", "nothing", "a variable"
LOOP, FUNCTION, ANYWHERE = "a loop", "a function", "a block"


@dataclass(frozen=True)
class Known:
    """What a pragma takes: its options and what they may be, which it needs, where it may stand."""

    options: dict[str, object]  # NUMBER, NAME, FLAG, VARIABLE, or the words that are allowed
    needs: tuple[str, ...] = ()
    place: tuple[str, ...] = (ANYWHERE,)


_PARTITION = {"cyclic", "block", "complete"}
_STORAGE = {"fifo", "ram_1p", "ram_1wnr", "ram_2p", "ram_s2p", "ram_t2p", "rom_1p", "rom_2p"}
_STORAGE |= {"rom_np"}
_MEMORY = {"auto", "bram", "bram_ecc", "lutram", "uram", "uram_ecc", "srl", "memory"}
_SPREAD = {
    "variable": VARIABLE,
    "type": _PARTITION,
    **dict.fromkeys(_PARTITION, FLAG),
    "factor": NUMBER,
    "dim": NUMBER,
}
_MODES = {"m_axi", "s_axilite", "axis", "ap_none", "ap_vld", "ap_ack", "ap_hs", "ap_ovld"}
_MODES |= {"ap_memory", "bram", "ap_fifo", "ap_ctrl_hs", "ap_ctrl_chain", "ap_ctrl_none"}

PRAGMAS: dict[str, Known] = {
    "INTERFACE": Known(
        {
            "mode": _MODES,
            **dict.fromkeys(_MODES, FLAG),
            "port": NAME,
            "bundle": NAME,
            "name": NAME,
            "offset": NAME,
            "storage_type": _STORAGE,
            "storage_impl": _MEMORY,
            "register": FLAG,
            **dict.fromkeys(
                "depth latency max_read_burst_length max_write_burst_length num_read_outstanding"
                " num_write_outstanding max_widen_bitwidth".split(),
                NUMBER,
            ),
        },
        needs=("port",),
        place=(FUNCTION,),
    ),
    "PIPELINE": Known(
        {"II": NUMBER, "rewind": FLAG, "off": FLAG, "style": {"stp", "flp", "frp"}},
        place=(LOOP, FUNCTION),
    ),
    "UNROLL": Known({"factor": NUMBER, "skip_exit_check": FLAG, "off": {"true"}}, place=(LOOP,)),
    "DATAFLOW": Known({"disable_start_propagation": FLAG}, place=(LOOP, FUNCTION)),
    "ARRAY_PARTITION": Known(_SPREAD, needs=("variable",)),
    "ARRAY_RESHAPE": Known({**_SPREAD, "object": FLAG}, needs=("variable",)),
    "AGGREGATE": Known(
        {"variable": VARIABLE, "compact": {"bit", "byte", "none", "auto"}}, needs=("variable",)
    ),
    "DISAGGREGATE": Known({"variable": VARIABLE}, needs=("variable",)),
    "BIND_STORAGE": Known(
        {"variable": VARIABLE, "type": _STORAGE, "impl": _MEMORY, "latency": NUMBER},
        needs=("variable", "type"),
    ),
    "BIND_OP": Known(
        {
            "variable": VARIABLE,
            "op": set("mul add sub fadd fsub fmul fexp frecip fsqrt fdiv".split()),
            "impl": set("dsp fabric fulldsp maxdsp meddsp nodsp primitivedsp".split()),
            "latency": NUMBER,
        },
        needs=("variable", "op"),
    ),
    "STREAM": Known(
        {
            "variable": VARIABLE,
            "depth": NUMBER,
            "type": {"fifo", "pipo", "shared", "unsync"},
            "off": FLAG,
        },
        needs=("variable",),
    ),
    "DEPENDENCE": Known(
        {
            "variable": VARIABLE,
            "class": {"array", "pointer"},
            **dict.fromkeys(("array", "pointer", "inter", "intra", "false", "true"), FLAG),
            "type": {"inter", "intra"},
            "direction": {"RAW", "WAR", "WAW", "raw", "war", "waw"},
            **dict.fromkeys(("RAW", "WAR", "WAW"), FLAG),
            "distance": NUMBER,
            "dependent": {"true", "false"},
        },
    ),
    "INLINE": Known({"off": FLAG, "recursive": FLAG}, place=(FUNCTION,)),
    "LOOP_TRIPCOUNT": Known(
        {"min": NUMBER, "max": NUMBER, "avg": NUMBER}, needs=("max",), place=(LOOP,)
    ),
    "LOOP_FLATTEN": Known({"off": FLAG}, place=(LOOP,)),
    "LOOP_MERGE": Known({"force": FLAG}, place=(LOOP, FUNCTION)),
    "LATENCY": Known({"min": NUMBER, "max": NUMBER}),
    "ALLOCATION": Known(
        {"operation": FLAG, "function": FLAG, "instances": NAME, "limit": NUMBER},
        needs=("instances", "limit"),
        place=(FUNCTION,),
    ),
    "EXPRESSION_BALANCE": Known({"off": FLAG}),
    "FUNCTION_INSTANTIATE": Known({"variable": VARIABLE}, needs=("variable",), place=(FUNCTION,)),
    "RESET": Known({"variable": VARIABLE, "off": FLAG}, needs=("variable",)),
    "STABLE": Known({"variable": VARIABLE}, needs=("variable",)),
}

_OPTION = re.compile(r"(\w+)(?:\s*=\s*(\([^)]*\)|\"[^\"]*\"|[^\s]+))?")


def options(text: str) -> tuple[str, dict[str, str | None]]:
    """A pragma's name in capitals, and its options; a word alone has None for its value."""
    name, _, rest = text.partition(" ")
    return name.upper(), {match[1]: match[2] for match in _OPTION.finditer(rest)}


def misused(text: str) -> list[str]:
    """What is wrong with a pragma, whatever stands around it."""
    name, given = options(text)
    known = PRAGMAS.get(name)
    if known is None:
        return [f"{name} is no pragma of Vitis HLS"]
    folded = {option.lower(): option for option in known.options}
    wrong = [f"{name} needs {option}=" for option in known.needs if option not in given]
    for option, value in given.items():
        if option.lower() not in folded:
            wrong.append(f"{name} has no option {option}")
        else:
            wrong += _value(name, option, value, known.options[folded[option.lower()]])
    return wrong


def _value(name: str, option: str, value: str | None, kind: object) -> list[str]:
    if isinstance(kind, set):
        fits = value is not None and value.lower() in {word.lower() for word in kind}
        return [] if fits else [f"{name} {option}={value}: one of {', '.join(sorted(kind))}"]
    if kind == FLAG:
        return [] if value is None else [f"{name} {option} takes no value"]
    return [f"{name} {option} needs {kind}"] if value is None else []
