"""The steps of a layer, for several tokens at a time; none of them sees another's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .floats import Floats, add, from_integer, multiply, positive, subtract
from .units import ONE, exponential, reciprocal, tree

WORD = 8  # half floats


def scaled(sums: NDArray[Any], absmax: Floats, scale: Floats | np.float32) -> Floats:
    """Exact sums [n, rows] as floats, times the step of the codes [n, 1] and the rows' scale."""
    return multiply(from_integer(sums), multiply(absmax, scale))


def rotate(x: Floats, rotations: Floats) -> Floats:
    """Turn the pairs of x [n, heads, size] by cosines and sines [n, size / 2, 2]."""
    a, b = x[..., 0::2], x[..., 1::2]
    cosine, sine = rotations[:, None, :, 0], rotations[:, None, :, 1]
    turned = (
        subtract(multiply(a, cosine), multiply(b, sine)),
        add(multiply(b, cosine), multiply(a, sine)),
    )
    return np.stack(turned, axis=-1).reshape(x.shape)


def attend(query: Floats, keys: Floats, values: Floats) -> Floats:
    """Query [n, heads, size] over keys and values [kv_heads, seen, size]: as the query.

    The tokens' own positions are the last n of those seen.
    """
    group = query.shape[1] // keys.shape[0]
    keys, values = np.repeat(keys, group, axis=0), np.repeat(values, group, axis=0)
    return _mixed(_scores(query, keys), values)


def _scores(query: Floats, keys: Floats) -> Floats:
    """Dot products, 16 dimensions a step: [n, heads, seen]."""
    query, keys = _in_steps(query)[:, :, None], _in_steps(keys)
    scores: Floats = np.zeros((len(query), *keys.shape[:2]), np.float32)
    for step in range(keys.shape[2]):
        scores = add(scores, tree(multiply(query[..., step, :], keys[..., step, :])))
    return scores


def _in_steps(x: Floats) -> Floats:
    """[..., size] as [..., size / 16, 16]: a word of each half of the head in every step."""
    halves = x.reshape(*x.shape[:-1], 2, -1, WORD)
    return np.swapaxes(halves, -3, -2).reshape(*x.shape[:-1], -1, 2 * WORD)


def _mixed(scores: Floats, values: Floats) -> Floats:
    """Softmax of scores [n, heads, seen] over values [heads, seen, size], in one go.

    The sum of the weights is carried as one more dimension of the values, whose value is 1.
    """
    count, heads, seen = scores.shape
    started = np.concatenate((scores[..., :1], scores), axis=-1)  # the first one counts before it
    largest = np.maximum.accumulate(started, axis=-1)
    decay = exponential(subtract(largest[..., :-1], largest[..., 1:]))
    weights = exponential(subtract(scores, largest[..., 1:]))
    values = np.concatenate((values, np.ones((heads, seen, 1), np.float32)), axis=-1)
    state: Floats = np.zeros((count, heads, values.shape[-1]), np.float32)
    for position in range(seen):
        first = max(0, position - (seen - count))  # token that sees this position
        kept = multiply(state[first:], decay[first:, :, position, None])
        state[first:] = add(kept, multiply(weights[first:, :, position, None], values[:, position]))
    return multiply(state[..., :-1], reciprocal(state[..., -1:]))


def gated(gate: Floats, up: Floats, *, relu_squared: bool) -> Floats:
    """ReLU squared of the gate, or SiLU, times up."""
    if relu_squared:
        kept = positive(gate)
        return multiply(multiply(kept, kept), up)
    sigmoid = reciprocal(add(exponential(subtract(np.float32(0), gate)), ONE))
    return multiply(multiply(gate, sigmoid), up)
