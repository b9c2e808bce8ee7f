"""docs/reference/configuration.md: the environment's variables and the keys of edgesdk.toml."""

from __future__ import annotations

from edgesdk import registry

from .prose import NOTE, cell

# Variables that are no option of a command. A test finds the names in the source.
VARIABLES = {
    "EDGESDK_CONFIG": "the user's configuration folder: signing keys, `edgesdk.toml`",
    "EDGESDK_STORE": "the local model store, which `cpu:` deploys into",
    "EDGESDK_STATE": "where emulated devices keep their flash, memory and models",
    "EDGESDK_BUILDS": "where engines of `emu:fpga` that are compiled on first use are kept",
    "EDGESDK_SSH": "the program that stands for `ssh` in addresses that begin with `ssh://`",
    "NO_COLOR": "with any value: no colours",
    "CC": "the C compiler, when edgesdk is built",
    "CXX": "the C++ compiler: when edgesdk is built, and for those engines",
    "CXXFLAGS": "more options for that compiler",
}
# table, key, meaning
KEYS = (
    ("defaults", "device", "the address, or a name from `[device.NAME]`, that is used when nothing "
     "else names a device"),
    ("device.NAME", "address", "the address that the name stands for"),
)  # fmt: skip
_TEXT = f"""{NOTE}
# Configuration

A setting can be given in several places. The first of these that has it counts:

1. the option, as typed;
2. the environment variable;
3. `edgesdk.toml` of the project, in the working folder or one above it;
4. the user's own `edgesdk.toml`, in the configuration folder;
5. the default.

All of it is data: nothing here is ever executed.

## Environment

Every option of every command can be given by a variable: `EDGESDK_<COMMAND>_<OPTION>`, such as
`EDGESDK_COMPILE_TARGET`; those that all commands share are `EDGESDK_DEVICE`, `EDGESDK_JSON`,
`EDGESDK_JSONL`, `EDGESDK_QUIET` and `EDGESDK_VERBOSE`. The tables of [commands.md](commands.md)
list them all. These are not options:

| variable | what it names |
| --- | --- |
"""
_FILE = """
## edgesdk.toml

```toml
[defaults]
device = "porch"

[device.porch]
address = "cpu:?threads=2"
```

At most 1 MiB; a table, a key or a type that is not listed here is refused. Only the user's own
file may have `agent=` or `ssh_config=` in an address, since these say which programs run
([boards at a distance](../remote-boards.md)).

| table | key | meaning |
| --- | --- | --- |
"""
_BACKENDS = """
## Backends and their addresses

| backend | addresses begin with | targets begin with |
| --- | --- | --- |
"""


def settings_page() -> str:
    """The whole page."""
    variables = "".join(f"| `{name}` | {cell(text)} |\n" for name, text in VARIABLES.items())
    keys = "".join(f"| `[{table}]` | `{key}` | {cell(text)} |\n" for table, key, text in KEYS)
    return _TEXT + variables + _FILE + keys + _BACKENDS + _backends()


def _backends() -> str:
    rows = ""
    ours = [found for found in registry.backends() if found.distribution == "edgesdk"]
    for backend in (found.backend for found in sorted(ours, key=lambda found: found.name)):
        schemes = ", ".join(f"`{_begin(scheme)}`" for scheme in backend.schemes)
        targets = ", ".join(f"`{target}`" for target in backend.targets) or "those behind it"
        rows += f"| {backend.name} | {schemes} | {targets} |\n"
    return rows


def _begin(scheme: str) -> str:
    """What addresses begin with: of a scheme with a kind (``emu:mcu``) no second colon follows."""
    return scheme if ":" in scheme else f"{scheme}:"
