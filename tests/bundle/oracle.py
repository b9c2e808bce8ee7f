"""A second opinion on manifests: the jsonschema package, which the runtime does not use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from edgesdk.bundle import strict_json


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[ValidationError]:
    """JSON Schema's regular expressions are ECMAScript's: there ``$`` is the very end."""
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


_VALIDATOR = extend(Draft7Validator, {"pattern": _pattern})(strict_json.schema())


def accepts(document: Any) -> bool:
    """Whether the schema accepts a document."""
    return bool(_VALIDATOR.is_valid(document))
