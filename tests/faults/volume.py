"""A disk that loses power: what could be left of a sequence of file operations.

A ``LoggedFiles`` performs operations for real and writes them down. A ``Volume`` replays any
beginning of that log and says which trees could be found afterwards:

* ``visible``: all of it, as after a kill of the process alone;
* ``worst``: only what was synced. A file has its content at its last fsync, a folder its entries
  at its last fsync;
* ``torn``: any of the operations since the last fsync of a folder have reached it and any have
  not, each by itself; of writes since the last fsync of a file none, all, or the last one in part.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Union

from edgesdk.store import Files

Tree = dict[str, Union[bytes, "Tree"]]
Entry = tuple[str, tuple[Any, ...]]
# One step of a folder: names, and what they lead to from then on (None: nothing). A rename is two
# names in one step.
Change = dict[str, Union["File", "Folder", None]]

MOST = 64  # trees for one cut; beyond that a sample is drawn with a fixed seed


class LoggedFiles(Files):
    """Performs operations below a folder, without waiting for the disk, and writes them down."""

    def __init__(self, folder: Path, log: list[Entry]) -> None:
        self.folder = folder
        self.log = log
        self._ids: dict[int, int] = {}

    def _note(self, kind: str, *arguments: Any) -> None:
        names = (a.relative_to(self.folder).parts if isinstance(a, Path) else a for a in arguments)
        self.log.append((kind, tuple(names)))

    def _opened(self, kind: str, path: Path, handle: int) -> int:
        self._ids[handle] = len(self.log)  # unique in the log
        self._note(kind, path, self._ids[handle])
        return handle

    def open_new(self, path: Path) -> int:
        return self._opened("open_new", path, super().open_new(path))

    def open_lock(self, path: Path) -> int:
        return self._opened("open_lock", path, super().open_lock(path))

    def write(self, handle: int, data: bytes | memoryview) -> int:
        self._note("write", self._ids[handle], bytes(data))
        return super().write(handle, data)

    def truncate(self, handle: int) -> None:
        self._note("truncate", self._ids[handle])
        super().truncate(handle)

    def fsync(self, handle: int) -> None:
        self._note("fsync", self._ids[handle])

    def rename(self, source: Path, target: Path) -> None:
        assert source.parent == target.parent, "a rename between folders is not one step"
        super().rename(source, target)
        self._note("rename", source, target)

    def unlink(self, path: Path) -> None:
        super().unlink(path)
        self._note("unlink", path)

    def mkdir(self, path: Path) -> None:
        super().mkdir(path)
        self._note("mkdir", path)

    def rmdir(self, path: Path) -> None:
        super().rmdir(path)
        self._note("rmdir", path)

    def fsync_folder(self, path: Path) -> None:
        if path.is_relative_to(self.folder):  # those above are not on this disk
            self._note("fsync_folder", path)


@dataclass(eq=False)
class File:
    """``durable`` is what the last fsync left; ``versions`` the content after each write since."""

    durable: bytes = b""
    versions: list[bytes] = field(default_factory=list)

    @property
    def visible(self) -> bytes:
        return self.versions[-1] if self.versions else self.durable

    def torn(self) -> list[bytes]:
        """Contents that a cut could leave, the worst first."""
        if not self.versions:
            return [self.durable]
        before, after = [self.durable, *self.versions][-2:]
        start = len(before) if after.startswith(before) else 0
        new = after[start:]
        parts = [b"", new[: len(new) // 2], new[:-1], bytes(len(new)), _noise(len(new)), new]
        return list(dict.fromkeys([self.durable, *(after[:start] + part for part in parts)]))


@dataclass(eq=False)
class Folder:
    """``durable`` are the entries at the last fsync; ``pending`` the steps since."""

    durable: Change = field(default_factory=dict)
    pending: list[Change] = field(default_factory=list)

    def entries(self, steps: list[Change] | tuple[Change, ...]) -> dict[str, File | Folder]:
        merged = dict(self.durable)
        for step in steps:
            merged.update(step)
        return {name: node for name, node in merged.items() if node is not None}

    @property
    def visible(self) -> dict[str, File | Folder]:
        return self.entries(self.pending)

    def torn(self) -> list[tuple[Change, ...]]:
        """Which steps could have reached the disk, none first."""
        sizes = range(len(self.pending) + 1)
        return [c for n in sizes for c in itertools.combinations(self.pending, n)]


class Volume:
    """The state of the disk after a beginning of a log."""

    def __init__(self, tree: Tree | None = None) -> None:
        self.root = _folder(tree or {})
        self._handles: dict[int, File] = {}

    def replay(self, log: list[Entry]) -> Volume:
        """Apply operations; returns itself."""
        for kind, arguments in log:
            getattr(self, f"_{kind}")(*arguments)
        return self

    def visible(self) -> Tree:
        return _tree(self.root, {}, lambda node: node.visible)

    def worst(self) -> Tree:
        return _tree(self.root, {}, _durable)

    def torn(self, seed: int, most: int = MOST) -> Iterator[Tree]:
        """Every tree that a cut of power could leave, or a sample of ``most`` of them."""
        nodes = [node for node in _nodes(self.root) if len(node.torn()) > 1]
        choices = [node.torn() for node in nodes]
        count = 1
        for choice in choices:
            count *= len(choice)
        if count <= most:
            picks = list(itertools.product(*choices))
        else:
            draw = random.Random(seed)
            picks = [tuple(draw.choice(c) for c in choices) for _ in range(most)]
        for pick in picks:
            yield _tree(self.root, dict(zip(nodes, pick, strict=True)), _durable)

    def _at(self, path: tuple[str, ...]) -> Folder:
        node: Any = self.root
        for name in path:
            node = node.visible[name]
        return node

    def _open_new(self, path: tuple[str, ...], handle: int) -> None:
        self._handles[handle] = File()
        self._at(path[:-1]).pending.append({path[-1]: self._handles[handle]})

    def _open_lock(self, path: tuple[str, ...], handle: int) -> None:
        there = self._at(path[:-1]).visible.get(path[-1])
        if isinstance(there, File):
            self._handles[handle] = there
        else:
            self._open_new(path, handle)

    def _write(self, handle: int, data: bytes) -> None:
        file = self._handles[handle]
        file.versions.append(file.visible + data)

    def _truncate(self, handle: int) -> None:
        self._handles[handle].versions.append(b"")

    def _fsync(self, handle: int) -> None:
        file = self._handles[handle]
        file.durable, file.versions = file.visible, []

    def _rename(self, source: tuple[str, ...], target: tuple[str, ...]) -> None:
        folder = self._at(source[:-1])
        node = folder.visible[source[-1]]
        folder.pending.append({source[-1]: None, target[-1]: node})

    def _unlink(self, path: tuple[str, ...]) -> None:
        self._at(path[:-1]).pending.append({path[-1]: None})

    _rmdir = _unlink

    def _mkdir(self, path: tuple[str, ...]) -> None:
        self._at(path[:-1]).pending.append({path[-1]: Folder()})

    def _fsync_folder(self, path: tuple[str, ...]) -> None:
        folder = self._at(path)
        folder.durable, folder.pending = dict(folder.visible), []


def write_tree(tree: Tree, folder: Path) -> None:
    """Put a tree on the real disk."""
    folder.mkdir(parents=True)
    for name, node in tree.items():
        if isinstance(node, bytes):
            (folder / name).write_bytes(node)
        else:
            write_tree(node, folder / name)


def frozen(tree: Tree) -> tuple[Any, ...]:
    """A tree as something that can be in a set."""
    return tuple(
        (name, node if isinstance(node, bytes) else frozen(node))
        for name, node in sorted(tree.items())
    )


def _folder(tree: Tree) -> Folder:
    """A folder all of which is durable."""
    return Folder(
        {name: File(n) if isinstance(n, bytes) else _folder(n) for name, n in tree.items()}
    )


def _durable(node: File | Folder) -> Any:
    return node.durable if isinstance(node, File) else node.entries(())


def _tree(folder: Folder, picks: dict[Any, Any], default: Any) -> Tree:
    steps = picks.get(folder)
    entries = default(folder) if steps is None else folder.entries(steps)
    tree: Tree = {}
    for name, node in entries.items():
        if isinstance(node, Folder):
            tree[name] = _tree(node, picks, default)
        else:
            tree[name] = picks[node] if node in picks else default(node)
    return tree


def _nodes(folder: Folder) -> Iterator[File | Folder]:
    """Every file and folder that an outcome could reach, once."""
    seen: set[int] = set()
    todo: list[File | Folder] = [folder]
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, Folder):
            for step in (node.durable, *node.pending):
                todo += [child for child in step.values() if child is not None]


def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)
