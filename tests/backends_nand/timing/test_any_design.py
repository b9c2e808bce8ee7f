"""Designs and options drawn over their whole ranges: an answer that adds up, or a clear error."""

from __future__ import annotations

import json
from random import Random

import pytest

from edgesdk.errors import UsageError
from edgesdk.predict import Prediction, predict
from edgesdk.predict.model import named_shape, shape_names
from edgesdk_backends.nand.design.parameters import PARAMETERS, Parameter
from edgesdk_backends.nand.design.preset import preset_names
from edgesdk_backends.nand.timing.figures import figures

REFUSALS = {"EDGE-02220", "EDGE-02224", "EDGE-02240", "EDGE-02241", "EDGE-02245"}


def _drawn(parameter: Parameter, r: Random) -> str:
    if parameter.kind == "bool":
        return r.choice(["yes", "no"])
    if parameter.choices:
        return str(r.choice(parameter.choices))
    least, most = parameter.least, parameter.most
    near = least + (most - least) * float(r.random() ** 8)  # most of a wide range is absurd
    value = r.choice([least, most, near, near])
    if parameter.kind == "int":
        power = 1 << r.randrange(16)
        return str(min(max(r.choice([int(value), power]), int(least)), int(most)))
    return repr(float(value))


def _options(r: Random) -> dict[str, str]:
    keys = r.sample(sorted(PARAMETERS), r.randrange(5))
    options = {key: _drawn(PARAMETERS[key], r) for key in keys}
    if r.random() < 0.5:
        options["weights"] = r.choice(["w8a8", "w4a16", "ternary"])
    if r.random() < 0.3:
        options |= {"experts_hit": f"{r.random():.3f}", "experts_miss_bits": r.choice("248")}
        options["experts_prefetch"] = f"{r.random():.3f}"
    return options


@pytest.mark.parametrize("seed", range(12))
def test_any_design_is_answered_or_refused(seed: int) -> None:
    r, answered = Random(seed), 0
    for _ in range(30):
        subject = named_shape(r.choice(shape_names()))
        target, options = f"nand:{r.choice(preset_names())}", _options(r)
        lengths = (r.choice([1, 100, 1000]),)
        try:
            found = predict(subject, target, options, contexts=lengths, prompts=lengths)
        except UsageError as error:
            assert error.id in REFUSALS
            assert error.evidence
            continue
        _check(found)
        answered += 1
    assert answered >= 5


def _check(found: Prediction) -> None:
    json.dumps(found.as_dict(), allow_nan=False)
    assert found.fits
    for phase in found.phases:
        assert 0 < phase.seconds.best <= phase.seconds.expected <= phase.seconds.worst
        assert phase.rate.best <= phase.ceiling * (1 + 1e-9)
        for resource in phase.occupancy:
            assert abs(resource.busy + sum(resource.idle.values()) - 1) < 1e-6
            assert 0 <= resource.busy <= 1 + 1e-9
            assert all(share > 0 for share in resource.idle.values())


def test_figures_are_of_known_presets() -> None:
    shape = named_shape("llama-2-70b").shape
    for preset in preset_names():
        for figure in figures(shape, preset, 1000):
            assert figure.value > 0
            assert figure.design == preset
