#!/bin/sh
# From the sources to a bitstream that `edgesdk compile` takes. NEVER RUN as a whole: this needs
# Vitis HLS and Vivado (2022.1 or newer, with the K26's files), which its authors did not have.
#
#   hls/vitis/build.sh [CLOCK_MHZ]         default 250; hours, and some 16 GB of memory
#
# EDGE_BUILD: where everything goes (build/vitis). EDGE_VECTORS: files of tools/make_hls_vectors.py
# for a C simulation first. EDGE_COSIM=1: simulate the RTL as well. EDGE_JOBS: Vivado's jobs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
EDGE_CLOCK_MHZ=${1:-${EDGE_CLOCK_MHZ:-250}}
EDGE_BUILD=${EDGE_BUILD:-$here/../../build/vitis}
export EDGE_CLOCK_MHZ EDGE_BUILD
oldest=2022.1

fail() {
    echo "build.sh: $1" >&2
    exit 1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# What lies on the PATH, not what somebody hoped for: "Vivado v2023.2 (64-bit)" -> 2023.2
version_of() {
    "$1" -version 2>/dev/null | sed -n 's/.* v\{0,1\}\(20[0-9][0-9]\.[0-9]\).*/\1/p' | head -n 1
}

check_version() {
    version=$(version_of "$1")
    [ -n "$version" ] || fail "$1 does not tell its version; source AMD's settings64.sh"
    first=$(printf '%s\n%s\n' "$oldest" "$version" | sort -t . -k 1,1n -k 2,2n | head -n 1)
    [ "$first" = "$oldest" ] || fail "$1 is $version; $oldest or newer is needed"
    echo "$1 $version"
}

have vivado || fail "vivado is not on the PATH; source settings64.sh of a Vivado $oldest or newer"
have python3 || fail "python3 is not on the PATH"
have sha256sum || fail "sha256sum is not on the PATH"
check_version vivado
if have vitis_hls; then
    check_version vitis_hls
elif have vitis-run; then
    check_version vitis-run
else
    fail "neither vitis_hls nor vitis-run is on the PATH; source settings64.sh of Vitis"
fi
mkdir -p "$EDGE_BUILD"
EDGE_BUILD=$(cd "$EDGE_BUILD" && pwd)
cd "$EDGE_BUILD"

if have vitis_hls; then
    vitis_hls -f "$here/run_hls.tcl"
else
    vitis-run --mode hls --tcl "$here/run_hls.tcl"
fi
python3 "$here/check_registers.py" edge_hls/solution/impl/ip
vivado -mode batch -nojournal -log vivado.log -source "$here/block_design.tcl"
python3 "$here/check_utilization.py" out/utilization.rpt

# Named by its content: PYNQ keeps what it knows of a bitstream by name, and so would meet an old
# one's registers with a new one's fabric.
digest=$(sha256sum out/edge.bit | cut -c 1-16)
cp out/edge.bit "out/edge-$digest.bit"
cp out/edge.hwh "out/edge-$digest.hwh"
clock=$(cat out/clock_mhz.txt)
echo
echo "Built $EDGE_BUILD/out/edge-$digest.bit for $clock MHz. Next:"
echo "  edgesdk compile MODEL --target fpga:kv260 \\"
echo "      --option bitstream=$EDGE_BUILD/out/edge-$digest.bit --option clock=$clock -o model.edge"
