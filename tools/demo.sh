#!/bin/sh
# The main job from end to end, in a folder of its own: nothing outside demo-output is touched.
set -eu
cd "$(dirname "$0")/.."
rm -rf demo-output
mkdir demo-output
export EDGESDK_CONFIG="$PWD/demo-output/config" EDGESDK_STORE="$PWD/demo-output/store"
export EDGESDK_STATE="$PWD/demo-output/state"
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

step "8. The same classifier in int8 for a microcontroller: every layer planned beforehand"
show edgesdk compile ../models/sound/sound_int8.tflite --target mcu:cortex-m33 \
    --samples sounds/clock_tick.wav --samples sounds/rain.wav -o mcu-1.edge
show edgesdk check mcu-1.edge --device emu:mcu

step "9. Deploy it to an emulated nRF5340, which verifies, tries and proves it by itself"
show edgesdk deploy mcu-1.edge --device emu:mcu
for sound in sounds/clock_tick.wav sounds/rain.wav sounds/rooster.wav; do
    show edgesdk run sound --device emu:mcu --input "$sound"
done

step "10. Power is cut in the middle of the next deploy; the old model is still there, and the next works"
show edgesdk compile ../models/sound/sound_int8.tflite --target mcu:cortex-m33 \
    --samples sounds/sea_waves.wav --version 1.1.0 -o mcu-2.edge
if show edgesdk deploy mcu-2.edge --device 'emu:mcu?cut=4000&tear=noise'; then exit 1; else echo "exit code $?"; fi
show edgesdk devices --device emu:mcu
show edgesdk run sound --device emu:mcu --input sounds/clock_tick.wav
show edgesdk deploy mcu-2.edge --device emu:mcu

step "11. Benchmark it: instructions, RAM and flash are counted, and called what they are"
show edgesdk bench sound --device emu:mcu --seconds 3

step "12. Listening all day: the same network on the board as it streams, log-mel rows and all, in integers"
show edgesdk compile ../models/sound/sound_events.json --target mcu:cortex-m33 -o listen.edge
show edgesdk deploy listen.edge --device 'emu:mcu?name=listener'
python ../tools/join_sounds.py scene.wav sounds/rain.wav sounds/rooster.wav sounds/sea_waves.wav
show edgesdk run sound-events --device 'emu:mcu?name=listener' --stream scene.wav

step "13. A cascade: motion wakes the microphone's model; coughs at 4.0, 4.6, 13.0, 21.5 and 22.2 s, claps between"
python ../tools/synthesise_scene.py coughs.wav coughs.csv
show edgesdk compile ../models/cough/cough.json --target mcu:cortex-m33 -o cough.edge
show edgesdk check cough.edge --device 'emu:mcu?name=wearable'
show edgesdk deploy cough.edge --device 'emu:mcu?name=wearable'
show edgesdk run cough --device 'emu:mcu?name=wearable' --stream coughs.wav --imu coughs.csv

step "14. A language model with ternary weights: compile, prove, write"
show edgesdk compile ../models/story --target cpu -o story.edge --name story
show edgesdk deploy story.edge --device cpu:
show edgesdk generate story "Once upon a time" --device cpu: -n 120 --seed 7 --stats

step "15. The same model on an FPGA's table-lookup accelerator, emulated by its own HLS source: the same words"
show edgesdk compile ../models/story --target fpga:kv260 -o story-fpga.edge --name story
show edgesdk check story-fpga.edge --device emu:fpga
show edgesdk deploy story-fpga.edge --device emu:fpga
for device in cpu: emu:fpga; do
    show edgesdk generate story "Once upon a time" --device "$device" -n 60 --temperature 0 --stats
done

step "16. How fast a board would be, before there is one: modelled, term by term, for a model of 0.73 billion"
show edgesdk predict bitnet-0.73b --target fpga:kv260 --prompt 64 --context 128

step "17. The same model on an NPU with compute in NAND flash: from page bytes, the same words again"
show edgesdk compile ../models/story --target nand:cambricon-l -o story-nand.edge --name story
show edgesdk check story-nand.edge --device emu:nand
show edgesdk deploy story-nand.edge --device emu:nand
show edgesdk generate story "Once upon a time" --device emu:nand -n 60 --temperature 0 --stats

step "18. What a device nobody can buy would do with larger models, and what bit errors do to the answers"
show edgesdk predict llama-2-7b --device emu:nand --context 1000
show edgesdk compile ../models/story --target nand:cambricon-l -o story-int8.edge --name story-int8 \
    --option weights=w8a8
show edgesdk deploy story-int8.edge --device emu:nand
show edgesdk bench story-int8 --device emu:nand --errors=1e-4,1e-3,1e-2 --correction words --seeds 2

step "Done. Everything is in $root/demo-output"
