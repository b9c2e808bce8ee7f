"""Ids and exit codes are an interface."""

from __future__ import annotations

import pytest

from edgesdk import errors
from edgesdk.errors import EdgeError


@pytest.mark.parametrize(
    ("kind", "exit_code", "first_id"),
    [
        (errors.InternalFault, 1, "EDGE-0101"),
        (errors.UsageError, 2, "EDGE-0201"),
        (errors.InputMismatch, 2, "EDGE-0202"),
        (errors.ModelNotFound, 2, "EDGE-0203"),
        (errors.ModelRefused, 2, "EDGE-0204"),
        (errors.NoDevice, 3, "EDGE-0301"),
        (errors.AmbiguousDevice, 4, "EDGE-0401"),
        (errors.DeviceUnavailable, 5, "EDGE-0501"),
        (errors.LinkFailed, 6, "EDGE-0601"),
        (errors.VerificationMismatch, 7, "EDGE-0701"),
        (errors.SignatureRefused, 8, "EDGE-0801"),
        (errors.FormatRefused, 8, "EDGE-0802"),
        (errors.DowngradeRefused, 8, "EDGE-0803"),
        (errors.DoesNotFit, 9, "EDGE-0901"),
        (errors.DeviceReverted, 10, "EDGE-1001"),
        (errors.Interrupted, 130, "EDGE-1301"),
    ],
)
def test_ids(kind: type[EdgeError], exit_code: int, first_id: str) -> None:
    error = kind("It failed")
    assert error.exit_code == exit_code
    assert error.id == first_id


def test_text_says_what_evidence_and_next_step() -> None:
    error = EdgeError("It failed", evidence="3 of 4", next_step="Try again", code=7)
    assert str(error) == "It failed [EDGE-0107]\n  3 of 4\n  Try again"
    assert error.as_dict() == {
        "id": "EDGE-0107",
        "exit_code": 1,
        "what": "It failed",
        "evidence": "3 of 4",
        "next": "Try again",
    }


def test_a_missing_extra_names_itself() -> None:
    assert "pip install 'edgesdk[cpu]'" in str(errors.MissingExtra("onnxruntime", "cpu"))
