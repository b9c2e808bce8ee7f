#!/bin/sh
# One story over four kinds of device. Usage: demo.sh [FOLDER]. Keys, bundles and devices go into that
# new folder, by default into demo-output, which is made anew; nothing outside is touched.
set -eu
project=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$project/demo-output}
[ $# -gt 0 ] || rm -rf "$folder"
mkdir "$folder"
cd "$folder"
export EDGESDK_CONFIG="$PWD/config" EDGESDK_STORE="$PWD/store" EDGESDK_STATE="$PWD/state"
ln -s "$project/models" "$project/tools" .
began=$(date +%s)

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$(printf '\033[1m') blue=$(printf '\033[36m') plain=$(printf '\033[0m')
else bold='' blue='' plain=''; fi

chapter() { printf '\n%s== %s ==%s\n' "$bold" "$1" "$plain"; }
say() { for line in "$@"; do printf '%s%s%s\n' "$blue" "$line" "$plain"; done; }  # a narrator
# A command and what it prints, in lines that a terminal of 100 columns takes.
show() { refused 0 "$1"; }
# The first N lines of what a command prints.
few() {
    printf '%s$ %s%s\n' "$bold" "$2" "$plain"
    eval "$2" >output.txt 2>/dev/null
    sed -n "1,$1p" output.txt
    echo "  ..."
}
# What a bench prints, without what an emulator took by this machine's clock.
without() {
    printf '%s$ %s%s\n' "$bold" "$1" "$plain"
    eval "$1" >output.txt
    sed -e '/^BY THE CLOCK/,/^ANSWERS/{/^ANSWERS/!d;}' -e '/^[0-9]* runs/,$d' output.txt
    echo "(left out here: emulators by this machine's clock, and notes; $PWD/story.html has all)"
}
# The same for one that must end with this exit code.
refused() {
    printf '%s$ %s%s\n' "$bold" "$2" "$plain"
    code=0
    eval "$2" >output.txt 2>&1 || code=$?
    fold -s -w 100 output.txt
    [ "$code" = "$1" ] || { echo "exit code $code, and $1 was wanted"; exit 1; }
    [ "$code" = 0 ] || echo "(exit code $code)"
}

say "edgesdk takes a trained model to an edge device, and proves that it works there." \
    "This takes about a minute. What stands behind a $ is typed in a folder of its own, which links to" \
    "models and tools and has the keys and devices, and nothing outside it is touched:" "$folder"

chapter "1. This machine's CPU"
say "A trained classifier of ten sounds. The onnx package's own evaluator answers two clips, and the" \
    "device must give the same answers before the deploy commits."
show "python tools/synthesise_sounds.py sounds >/dev/null"
show "edgesdk compile models/sound/sound.onnx --target cpu -o sound.edge \\
    --samples sounds/rain.wav --samples sounds/clock_tick.wav"
show "edgesdk deploy sound.edge --device cpu: --quiet"
show "edgesdk run sound --device cpu: --input sounds/rain.wav"

chapter "2. What is refused"
say "One bit of the file is flipped. Nothing in it is parsed: its signature does not hold."
show "python -c \"data = bytearray(open('sound.edge', 'rb').read()); data[200] ^= 1
open('bad.edge', 'wb').write(data)\""
refused 8 "edgesdk deploy bad.edge --device cpu: --quiet"
say "A good update replaces the model; one command goes back."
show "edgesdk compile models/sound/sound.onnx --target cpu --version 1.1.0 -o newer.edge"
show "edgesdk deploy newer.edge --device cpu: --quiet"
show "edgesdk rollback sound --device cpu:"

chapter "3. A microcontroller"
say "The same classifier in int8, planned to the byte for a Cortex-M33. The board is an nRF5340 in an" \
    "emulator, with the firmware that would be flashed. LiteRT's reference kernels gave the answers."
show "edgesdk compile models/sound/sound_int8.tflite --target mcu:cortex-m33 -o mcu.edge \\
    --samples sounds/rain.wav --samples sounds/clock_tick.wav"
show "edgesdk deploy mcu.edge --device emu:mcu --quiet"
show "edgesdk run sound --device emu:mcu --input sounds/rooster.wav"
say "The power fails in the middle of the next update, and a torn word stays in the flash."
show "edgesdk compile models/sound/sound_int8.tflite --target mcu:cortex-m33 --version 1.1.0 \\
    --vectors 1 -o mcu-newer.edge --quiet"
refused 6 "edgesdk deploy mcu-newer.edge --device 'emu:mcu?cut=4000&tear=noise' --quiet"
say "The old model still answers, and the next deploy works."
show "edgesdk run sound --device emu:mcu --input sounds/clock_tick.wav"
show "edgesdk deploy mcu-newer.edge --device emu:mcu --quiet"

chapter "4. Listening"
say "The network becomes a program: windows, features, network and events, on the board, in integers." \
    "It hears rain, a rooster and the sea, one after the other."
show "python tools/join_sounds.py scene.wav sounds/rain.wav sounds/rooster.wav sounds/sea_waves.wav"
show "edgesdk compile models/sound/sound_events.json --target mcu:cortex-m33 -o listen.edge"
show "edgesdk deploy listen.edge --device 'emu:mcu?name=listener' --quiet"
show "edgesdk run sound-events --device 'emu:mcu?name=listener' --stream scene.wav --quiet"

chapter "5. A language model on three kinds of device: the same words"
say "Ternary weights, trained for this project. On the CPU by a native engine; on an FPGA's" \
    "accelerator, emulated by its own HLS source; from the pages of emulated NAND flash whose dies" \
    "multiply."
for device in cpu: emu:fpga emu:nand; do
    show "edgesdk deploy models/story --device $device --quiet"
    show "edgesdk generate story 'Once upon a time' --device $device -n 36 --temperature 0"
done

chapter "6. Before there is a board"
say "What an FPGA board would do with 0.73 billion weights, and an NPU in flash with 70 billion:" \
    "modelled, in a band, beside a ceiling. --details has every assumption with its source."
few 5 "edgesdk predict bitnet-0.73b --target fpga:kv260 --prompt 64 --context 128"
few 5 "edgesdk predict llama-2-70b --device emu:nand --prompt 64 --context 1000"

chapter "7. Side by side"
say "Every figure says how it was obtained. An emulator's milliseconds are no board's; counts are exact."
without "edgesdk bench story --device cpu: --device emu:fpga --device emu:nand --seconds 2 \\
    --report story.html --quiet"

chapter "That was it, in $(($(date +%s) - began)) seconds"
cat <<END
Everything is in $folder. What to type next:

  . .venv/bin/activate
  edgesdk devices                                     what is at hand
  edgesdk deploy YOURS.onnx --device cpu:             your own model
  edgesdk --help                                      every command
  edgesdk doctor                                      what this machine lacks

  docs/README.md                                      four tutorials, how-to pages, reference
END
