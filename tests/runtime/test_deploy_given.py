"""What a person tries first in Python: a path and an address where opened things belong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import edgesdk


@pytest.mark.parametrize(
    ("bundle", "device"), [("sound.edge", None), (Path("sound.edge"), None), (None, "cpu:")]
)
def test_deploy_says_what_it_takes(bundle: Any, device: Any) -> None:
    with pytest.raises(edgesdk.UsageError) as caught:
        edgesdk.deploy(bundle, device)
    assert caught.value.id == "EDGE-02308"
    assert "edgesdk.read_bundle" in caught.value.next_step
