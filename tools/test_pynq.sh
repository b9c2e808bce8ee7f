#!/bin/sh
# Runs the tests that need PYNQ in an environment of their own, .venv-pynq: PYNQ wants numpy below 2,
# and so Python 3.10 to 3.12. Usage: test_pynq.sh PYTHON [PYNQ], where PYNQ is what pip is asked for,
# such as pynq==3.0.1, which the images of the KV260 bring.
set -eu
python=$1
pynq=${2:-pynq}

"$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' || {
    echo "PYNQ needs Python 3.10 to 3.12; $python is $("$python" --version 2>&1)." >&2
    echo "Name another with: make test-pynq PYTHON=python3.11" >&2
    exit 1
}

# What an environment is of is written into it when it is whole. Another one's, or one that an
# interruption left half made, is made anew.
made_of="$("$python" -c 'import sys; print(sys.version.split()[0], sys.base_prefix)') $pynq"
whole=.venv-pynq/made-of
[ "$(cat "$whole" 2>/dev/null)" = "$made_of" ] && .venv-pynq/bin/python -c '' 2>/dev/null ||
    "$python" -m venv --clear .venv-pynq
rm -f "$whole"
# PYNQ comes as source, and its setup.py imports numpy and setuptools' old parts. PYNQ 3.0 imports a
# part of pycparser that pycparser 3 has no more.
.venv-pynq/bin/python -m pip install --quiet 'setuptools>=70.1,<81' 'numpy<2' 'cffi>=1.15' 'pycparser<3'
PYTHONWARNINGS=ignore .venv-pynq/bin/python -m pip install --quiet --no-build-isolation \
    --editable '.[pynq]' "$pynq" 'pytest>=8' 'pytest-timeout>=2.2' 'hypothesis>=6.100'
printf '%s\n' "$made_of" >"$whole"
# PYNQ 3.0 warns where a machine lacks its library for a video socket, when it is imported.
under_pynq() {
    .venv-pynq/bin/python -m pytest "$@" --timeout 300 --timeout-method thread \
        -W 'ignore:Could not load Xilinx HDMI Library:ResourceWarning'
}
under_pynq tests/backends_fpga/registers tests/backends_fpga/driver tests/backends_fpga/pynq
under_pynq tests/conformance -k fpga-pynq -m "not long"
