#!/bin/sh
# The main job from end to end, in a folder of its own: nothing outside demo-output is touched.
set -eu
cd "$(dirname "$0")/.."
rm -rf demo-output
mkdir demo-output
export EDGESDK_CONFIG="$PWD/demo-output/config" EDGESDK_STORE="$PWD/demo-output/store"
root=$PWD
cd demo-output

step() { printf '\n\033[1m%s\033[0m\n' "$1" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; }
show() { echo "\$ $*"; "$@"; }

step "1. Example sounds, synthesised"
show python ../tools/synthesise_sounds.py sounds

step "2. Compile the trained sound classifier and sign the bundle"
show edgesdk compile ../models/sound/sound.onnx --target cpu --samples sounds/clock_tick.wav \
    --samples sounds/rain.wav -o sound-1.edge
show edgesdk inspect sound-1.edge

step "3. Does it fit? Then deploy: the device itself answers the golden vectors before it commits"
show edgesdk check sound-1.edge --device cpu:
show edgesdk deploy sound-1.edge --device cpu:

step "4. Run it on sounds"
for sound in sounds/*.wav; do
    show edgesdk run sound --device cpu: --input "$sound"
done

step "5. Benchmark it"
show edgesdk bench sound --device cpu:

step "6. Replace it by a newer version, then go back"
show edgesdk compile ../models/sound/sound.onnx --target cpu --samples sounds/sea_waves.wav \
    --version 1.1.0 -o sound-2.edge
show edgesdk deploy sound-2.edge --device cpu:
show edgesdk rollback sound --device cpu:

step "7. What a device refuses: a bundle with one bit flipped"
python -c "d = bytearray(open('sound-2.edge', 'rb').read()); d[200] ^= 1; open('bad.edge', 'wb').write(d)"
if show edgesdk deploy bad.edge --device cpu:; then exit 1; else echo "exit code $?"; fi
show edgesdk run sound --device cpu: --input sounds/clock_tick.wav --json

step "Done. Everything is in $root/demo-output"
