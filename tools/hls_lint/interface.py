"""The top function's arguments against the register map, and their INTERFACE pragmas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .finding import Finding
from .names import variables
from .pragmas import options
from .syntax import Function, Syntax
from .tokens import Token

TOP = "edge_decoder"
CONTROL = "control"
BUNDLES = {f"gmem{number}" for number in range(5)}


@dataclass(frozen=True)
class Argument:
    """What the register map says of one."""

    name: str
    kind: str  # "value", "float", "address" or "output"


@dataclass(frozen=True)
class Port:
    """One INTERFACE pragma."""

    line: int
    mode: str
    options: Mapping[str, str | None]


def arguments(document: Mapping[str, object]) -> list[Argument]:
    """Those of the decoder, in the order of regs.toml."""
    blocks = document["block"]
    assert isinstance(blocks, list)
    [block] = [block for block in blocks if block["name"] == "decoder"]
    found = [Argument(entry["name"], entry.get("type", "value")) for entry in block["inputs"]]
    return found + [Argument(entry["name"], "output") for entry in block["outputs"]]


def check(
    files: Mapping[str, Syntax], expected: Sequence[Argument]
) -> Iterator[tuple[str, Finding]]:
    """The findings of the file that defines the top function, with its name."""
    for name, syntax in files.items():
        for function in syntax.functions:
            if function.name == TOP:
                for finding in _top(function, expected):
                    yield name, finding
            else:
                for pragma in function.body.pragmas:
                    if options(pragma.text)[0] == "INTERFACE":
                        text = "INTERFACE is for the top function only"
                        yield name, Finding(pragma.line, "interface", text)


def _top(function: Function, expected: Sequence[Argument]) -> Iterator[Finding]:
    names = [_name(parameter) for parameter in function.parameters]
    wanted = [argument.name for argument in expected]
    if names != wanted:
        yield Finding(function.line, "interface", _difference(names, wanted))
        return
    ports = list(_ports(function))
    known = {*names, "return"}
    for port in ports:
        if port.options["port"] not in known:
            text = f"{TOP} has no argument {port.options['port']}"
            yield Finding(port.line, "interface", text)
    types = variables(function)
    for argument in expected:
        variable = types[argument.name]
        yield from _type(function.line, argument, variable.type, variable.indirect)
        yield from _modes(function.line, argument, ports)
    yield from _control(function.line, ports)
    yield from _bundles(function.line, ports, {name: types[name].type for name in names})


def _name(parameter: Sequence[Token]) -> str:
    plain = [token.text for token in parameter if token.text not in {"[", "]"}]
    return plain[-1] if plain else ""


def _difference(names: Sequence[str], wanted: Sequence[str]) -> str:
    for index, name in enumerate(wanted):
        if index >= len(names):
            return f"{TOP} lacks {name}: regs.toml has {len(wanted)} arguments"
        if names[index] != name:
            return f"argument {index + 1} of {TOP} is {names[index]}, in regs.toml it is {name}"
    return f"{TOP} has {names[len(wanted)]}, which is not in regs.toml"


def _ports(function: Function) -> Iterator[Port]:
    for pragma in function.body.pragmas:
        name, given = options(pragma.text)
        if name == "INTERFACE" and given.get("port"):
            mode = given.get("mode") or next(iter(given))
            yield Port(pragma.line, str(mode), given)


def _type(line: int, argument: Argument, written: str, indirect: bool) -> Iterator[Finding]:
    if indirect != (argument.kind in {"address", "output"}):
        need = "a pointer" if not indirect else "a plain value"
        yield Finding(line, "interface", f"{argument.name} must be {need}")
    word = {"value": "uint32_t", "output": "uint32_t", "float": "float"}.get(argument.kind)
    if word and not written.endswith(word):
        yield Finding(line, "interface", f"{argument.name} is {written}, the map says {word}")


def _modes(line: int, argument: Argument, ports: Sequence[Port]) -> Iterator[Finding]:
    modes = {port.mode: port for port in ports if port.options["port"] == argument.name}
    if "s_axilite" not in modes:
        yield Finding(line, "interface", f"{argument.name} has no s_axilite")
    elif modes["s_axilite"].options.get("bundle") != CONTROL:
        text = f"{argument.name}: its s_axilite must be in bundle={CONTROL}"
        yield Finding(modes["s_axilite"].line, "interface", text)
    memory = modes.get("m_axi")
    if (argument.kind == "address") != (memory is not None):
        text = "needs an m_axi" if memory is None else "is no address, yet has an m_axi"
        yield Finding(line, "interface", f"{argument.name} {text}")
    if memory is not None:
        yield from _memory(memory, argument.name)


def _memory(port: Port, name: str) -> Iterator[Finding]:
    if port.options.get("offset") != "slave":
        yield Finding(port.line, "interface", f"{name}: m_axi needs offset=slave")
    if port.options.get("bundle") not in BUNDLES:
        text = f"{name}: m_axi needs a bundle of {', '.join(sorted(BUNDLES))}"
        yield Finding(port.line, "interface", text)
    if not port.options.get("depth"):
        yield Finding(port.line, "interface", f"{name}: co-simulation needs depth=")


def _control(line: int, ports: Sequence[Port]) -> Iterator[Finding]:
    modes = {port.mode for port in ports if port.options["port"] == "return"}
    if "s_axilite" not in modes:
        yield Finding(line, "interface", "return needs s_axilite: it is what starts the block")


def _bundles(line: int, ports: Sequence[Port], types: Mapping[str, str]) -> Iterator[Finding]:
    """The arguments of one memory port are of one type, and say the same of the port.

    A port takes its widest argument's width; where they disagree, Vitis HLS drops what they say.
    """
    for bundle in sorted(BUNDLES):
        found = [p for p in ports if p.mode == "m_axi" and p.options.get("bundle") == bundle]
        kinds = {types.get(str(port.options["port"]), "") for port in found}
        if len(kinds) > 1:
            yield Finding(line, "interface", f"{bundle} carries {' and '.join(sorted(kinds))}")
        for port in found[1:]:
            if _settings(port) != _settings(found[0]):
                text = f"{port.options['port']} says otherwise of {bundle} than the one before"
                yield Finding(port.line, "interface", text)


def _settings(port: Port) -> dict[str, str | None]:
    return {name: value for name, value in port.options.items() if name != "port"}
