"""Explore the sizes of the FPGA design under the area budget: a table, and a figure.

    python tools/explore_fpga.py [--model bitnet-0.73b] [--clock 250] [--figure FILE.svg]

Every rate is modelled in the expected case: decode after 128 positions, a prompt of 64 tokens. The
figure needs matplotlib: pip install 'edgesdk[report]'.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from fpga_designs import CHOICES, CLOCK, Point, explore, pareto

from edgesdk.cli.text import table
from edgesdk.predict.model import read_subject
from edgesdk_backends.fpga.timing.area import PART, SHARE
from edgesdk_backends.fpga.timing.profile import Profile, read_profile

PUBLISHED = (25.0, 142.0)  # tokens/s of decode and of a prompt of 64: arXiv 2510.15926


def main() -> None:
    """Explore, print and draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="bitnet-0.73b")
    parser.add_argument("--profile", default="edge")
    parser.add_argument("--clock", type=float, default=CLOCK)
    parser.add_argument("--figure", type=Path)
    chosen = parser.parse_args()
    profile = read_profile(chosen.profile)
    points = list(explore(profile, read_subject(chosen.model).config, chosen.clock))
    print(as_text(profile, points, chosen.clock))
    if chosen.figure:
        draw(profile, points, chosen.figure)


def our(profile: Profile, points: Sequence[Point]) -> Point:
    """The point of the profile itself, at the clock of the points."""
    wanted = {key: profile.entries[key].values[1] for key in CHOICES}
    return next(point for point in points if wanted.items() <= point.named().items())


def as_text(profile: Profile, points: Sequence[Point], clock: float) -> str:
    """How many fit, and the best of them; the profile's own point is marked."""
    best, default = pareto(points), our(profile, points)
    rows = [_row(point, point == default) for point in best]
    if default not in best:
        rows.append(_row(default, True))
    header = ["", *CHOICES, "decode", "prompt", *PART]
    fitting = sum(point.fits for point in points)
    return (
        f"{len(points)} designs at {clock:g} MHz, {fitting} within {SHARE:.0%} of every resource; "
        f"those that none beats in both rates and area:\n{table(rows, header)}"
    )


def _row(point: Point, marked: bool) -> list[str]:
    values = [str(value) for value in point.values]
    rates = [f"{point.decode:.1f}", f"{point.prefill:.0f}"]
    mark = "as written" if point.written else ""
    if marked:
        mark = "ours" if point.fits else "ours, too large"
    return [mark, *values, *rates, *(f"{share:.0%}" for share in point.shares)]


def draw(profile: Profile, points: Sequence[Point], path: Path) -> None:
    """Both rates against the fullest resource."""
    import matplotlib

    matplotlib.use("svg")
    # The same points give the same bytes.
    matplotlib.rcParams.update({"svg.hashsalt": "edgesdk", "svg.fonttype": "none"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4.8), layout="constrained")
    rates = ("decode", "prefill")
    titles = ("Decode after 128 positions", "Prompt of 64 tokens")
    for axis, rate, title, published in zip(axes, rates, titles, PUBLISHED, strict=True):
        _panel(axis, profile, points, rate, published)
        axis.set(title=title, xlabel="fullest resource of the K26, %", ylabel="tokens/s, modelled")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=8, loc="outside lower center", ncols=4)
    figure.savefig(path, metadata={"Date": None, "Description": fingerprint(points)})
    pyplot.close(figure)


def fingerprint(points: Sequence[Point]) -> str:
    """What a figure is of, so that a test can tell a stale one without drawing it anew."""
    rows = [
        f"{point.values} {point.decode:.2f} {point.prefill:.1f} {max(point.shares):.3f}"
        for point in points
    ]
    return sha256("\n".join(rows).encode()).hexdigest()


def _panel(
    axis: Any, profile: Profile, points: Sequence[Point], rate: str, published: float
) -> None:
    def scatter(chosen: Sequence[Point], **style: Any) -> None:
        across = [100 * max(point.shares) for point in chosen]
        axis.scatter(across, [getattr(point, rate) for point in chosen], **style)

    scatter([point for point in points if not point.fits], s=6, c="#cccccc", label="too large")
    scatter([point for point in points if point.fits], s=6, c="#7aa6c2", label="fits")
    scatter(pareto(points), s=18, c="#1f4e79", label="none better in both rates and area")
    scatter([our(profile, points)], s=90, c="#c0392b", marker="*", label="ours")
    axis.axvline(100 * SHARE, color="#888888", linestyle=":", label="80 %")
    axis.axhline(published, color="#888888", linestyle="--", label="TeLLMe v2, published")
    axis.axhline(2 * published, color="#888888", linestyle="-", linewidth=0.8, label="twice that")


if __name__ == "__main__":
    main()
