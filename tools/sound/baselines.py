"""k-NN and random forest on summary statistics of the same features, by the same folds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def summarise(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """[clips, frames, mels] -> [clips, 4 * mels]: each band's mean, deviation, change and peak.

    Loudness is taken out first, as the encoder does.
    """
    levelled = features - features.mean((1, 2), keepdims=True)
    change = np.abs(np.diff(levelled, axis=1)).mean(1)
    return np.concatenate([levelled.mean(1), levelled.std(1), change, levelled.max(1)], axis=1)


def score(
    features: NDArray[np.float32], targets: NDArray[np.int64], held: NDArray[np.bool_], seed: int
) -> dict[str, float]:
    """Fit on the clips outside ``held``, return the accuracy in percent on those inside."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    inputs = summarise(features)
    models = {
        "k-NN (k=5)": make_pipeline(StandardScaler(), KNeighborsClassifier(5)),
        "random forest (500 trees)": RandomForestClassifier(500, random_state=seed),
    }
    return {
        name: 100.0 * model.fit(inputs[~held], targets[~held]).score(inputs[held], targets[held])
        for name, model in models.items()
    }
