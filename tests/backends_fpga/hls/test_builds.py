"""Engines that are compiled when they are first used, kept, and what is said where they cannot."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from edgesdk.errors import EdgeError, InternalFault, MissingExtra, NoDevice
from edgesdk_backends.fpga.emulator import build_turn, builds
from edgesdk_backends.fpga.emulator.builds import cached, engine_library, open_build, run


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGESDK_BUILDS", str(tmp_path / "builds"))
    return tmp_path / "builds"


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source tree that is compiled at once."""
    for name in ("emulator", "kernels"):
        (tmp_path / "hls" / name).mkdir(parents=True)
    (tmp_path / "hls" / "emulator" / "one.cpp").write_text(
        '#include "one.h"\nint one() { return ONE; }\n'
    )
    (tmp_path / "hls" / "kernels" / "one.h").write_text("#define ONE 1\n")
    monkeypatch.setattr(builds, "HLS", tmp_path / "hls")
    return tmp_path / "hls"


def refused(kind: type[EdgeError], *flags: str) -> EdgeError:
    with pytest.raises(kind) as raised:
        engine_library(*flags)
    return raised.value


def test_what_is_made_once_is_kept(sources: Path, state: Path) -> None:
    first = engine_library()
    written = first.stat().st_mtime_ns
    assert engine_library() == first
    assert first.stat().st_mtime_ns == written
    assert [path.name for path in state.iterdir()] == [first.parent.name]


def test_a_change_makes_another(sources: Path) -> None:
    """Of a flag, of a source, of a header."""
    found = {engine_library(), engine_library("-O0")}
    (sources / "kernels" / "one.h").write_text("#define ONE 2\n")
    found.add(engine_library())
    (sources / "emulator" / "two.cpp").write_text("")
    found.add(engine_library())
    assert len(found) == 4


def test_no_compiler(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler -x")
    error = refused(NoDevice)
    assert error.id == "EDGE-0320"
    assert "no-such-compiler" in error.evidence


def test_a_compiler_that_refuses(sources: Path, state: Path) -> None:
    """Its first words are told, and nothing is kept."""
    (sources / "kernels" / "one.h").write_text("#error not today\n")
    error = refused(InternalFault)
    assert error.id == "EDGE-0161"
    assert "not today" in error.evidence
    assert list(state.iterdir()) == []


def test_a_compiler_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "SECONDS", 0.05)
    with pytest.raises(InternalFault) as raised:
        run(["sleep", "5"], "The compiler")
    assert raised.value.id == "EDGE-0161"


def test_no_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "HLS", tmp_path / "nowhere")
    assert refused(NoDevice).id == "EDGE-0321"


@pytest.mark.parametrize("there", [False, True])
def test_no_vendor_headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    """hls4ml is absent, or another than the one we know."""

    class Spec:
        origin = str(tmp_path / "hls4ml" / "__init__.py")

    monkeypatch.setattr(builds, "find_spec", lambda _: Spec() if there else None)
    with pytest.raises(MissingExtra, match="hls4ml"):
        open_build("ap_int")


def test_ap_int_is_compiled_with_the_vendors_headers(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = tmp_path / "vendor with spaces"
    headers.mkdir()
    (headers / "ap_int.h").write_text("")
    (sources / "kernels" / "one.h").write_text(
        "#include <ap_int.h>\n#ifdef EDGE_AP\n#define ONE 1\n#endif\n"
    )
    monkeypatch.setattr(builds, "ap_int_headers", lambda: headers)
    assert builds.ap_int_library().is_file()


def test_the_shipped_ones_need_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert [open_build(name).name for name in ("native", "checked")] == ["native", "checked"]


def test_one_that_is_made_twice_at_once(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second no longer waits for its turn: the first one that is whole stays."""
    monkeypatch.setattr(build_turn, "SECONDS", 0)
    made: list[Path] = []

    def make(folder: Path) -> None:
        (folder / "content").write_text("first")

    def make_late(folder: Path) -> None:
        made.append(cached("thing", [b"x"], make))
        (folder / "content").write_text("second")

    assert [cached("thing", [b"x"], make_late)] == made
    assert [path.name for path in state.iterdir()] == [made[0].name]
    assert (made[0] / "content").read_text() == "first"


def test_no_place_for_it(sources: Path, state: Path) -> None:
    state.write_text("a file")
    assert refused(NoDevice).id == "EDGE-0323"


def test_ingredients_do_not_run_into_each_other() -> None:
    def make(folder: Path) -> None:
        (folder / "made").touch()

    assert cached("thing", [b"ab", b"c"], make) != cached("thing", [b"a", b"bc"], make)


def test_the_compiler_may_have_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "ccache 'my g++'")
    assert shlex.join(builds.cpp_compiler()) == "ccache 'my g++'"
    assert builds.cpp_compiler("clang++") == ["clang++"]
