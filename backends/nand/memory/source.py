"""A model's file where a bundle keeps it, mapped."""

from __future__ import annotations

from edgesdk.errors import FormatRefused, VerificationMismatch
from edgesdk.store import Source

from ..quantise.model_file import ModelFile


def model_file(source: Source) -> ModelFile:
    """The model file, mapped, once the hash of every part is found right.

    That it is right means that a file which is none was compiled so. Raises
    ``VerificationMismatch`` (EDGE-0778).
    """
    with source.located() as place:
        try:
            return ModelFile(*place)
        except FormatRefused as error:
            raise VerificationMismatch(
                "The bundle's model is no file that this backend writes",
                evidence=f"{error.what}: {error.evidence}",
                next_step="Compile the model again",
                code=78,
            ) from error
