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
    "EDGESDK_DEVICE": "the device for every command that takes `--device`",
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

An option that was typed is stronger than the environment, which is stronger than `edgesdk.toml` of
the project (the working folder or one above it), which is stronger than the user's, which is
stronger than the default. Nothing here is ever executed.

## Environment

Every option of every command can be given by a variable: the tables of [commands.md](commands.md)
name it. Beside those:

| variable | what it names |
| --- | --- |
"""
_FILE = """
## edgesdk.toml

At most 1 MiB; a table, a key or a type that is not listed here is refused.

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
        schemes = ", ".join(f"`{scheme}:`" for scheme in backend.schemes)
        targets = ", ".join(f"`{target}`" for target in backend.targets) or "those behind it"
        rows += f"| {backend.name} | {schemes} | {targets} |\n"
    return rows
