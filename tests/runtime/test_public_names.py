"""The public face: what __init__ offers, no more, no less."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import edgesdk
from edgesdk import errors
from edgesdk.errors import EdgeError


def test_all_is_sorted_and_true() -> None:
    public = sorted(
        name
        for name, value in vars(edgesdk).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    )
    public.remove("annotations")
    assert sorted([*public, "__version__"]) == sorted(edgesdk.__all__)


def test_every_error_is_public() -> None:
    tree = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, EdgeError)
    }
    assert tree <= set(edgesdk.__all__)


def test_the_error_tree_is_drawn_in_the_docstring() -> None:
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, EdgeError):
            assert f" {name} " in (errors.__doc__ or "").replace("\n", " ")


def test_importing_edgesdk_imports_no_backend_and_no_optional_library() -> None:
    code = "import sys, edgesdk; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    heavy = {
        "edgesdk_backends",
        "onnx",
        "onnxruntime",
        "ai_edge_litert",
        "tflite",
        "torch",
        "click",
    }
    assert not modules & heavy
