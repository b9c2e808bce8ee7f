"""The units in all builds; each is compiled once, when a test first asks for it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import pytest

from tests.backends_fpga.hls.parts import compiled, vendor_flags
from tests.backends_fpga.units.parts import SOURCE, Parts

# The native build twice, for two compilers; the build that checks widths and floats; the one with
# the vendor's integers.
BUILDS = ("native", "clang", "checked", "ap_int")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Parts]:
    @functools.cache
    def parts_of(name: str) -> Parts:
        flags = {"checked": ["-O1", "-DEDGE_CHECK"]}.get(name, ["-O2"])
        if name == "ap_int":
            flags = ["-O1", *vendor_flags()]
        compiler = "clang++" if name == "clang" else "g++"
        folder = tmp_path_factory.mktemp(name)
        return Parts(name, compiled(folder, compiler, *flags, source=SOURCE))

    return parts_of


@pytest.fixture(scope="session", params=BUILDS)
def parts(request: pytest.FixtureRequest, built: Callable[[str], Parts]) -> Parts:
    return built(request.param)


@pytest.fixture(scope="session")
def native(built: Callable[[str], Parts]) -> Parts:
    """For what is the same in all builds, since their bits are."""
    return built("native")


@pytest.fixture(autouse=True)
def no_fault(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test computes stays within its widths and finite, unless it asks."""
    parts = request.getfixturevalue("parts") if "parts" in request.fixturenames else None
    yield
    assert parts is None or parts.fault() == ""
