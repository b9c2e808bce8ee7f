"""Put sounds behind each other, each two times: python tools/join_sounds.py OUT.wav IN.wav ..."""

from __future__ import annotations

import sys
import wave
from pathlib import Path


def main(out: str, *names: str) -> None:
    """All inputs must be of one format."""
    with wave.open(out, "wb") as joined:
        for number, name in enumerate(names):
            with wave.open(name) as sound:
                if number == 0:
                    joined.setparams(sound.getparams())
                joined.writeframes(2 * sound.readframes(sound.getnframes()))
    print(Path(out))


if __name__ == "__main__":
    main(*sys.argv[1:])
