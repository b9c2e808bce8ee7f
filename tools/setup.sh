#!/bin/sh
# Makes .venv with the project and everything that its tests and demo need. Usage: setup.sh PYTHON
set -eu
python=$1

command -v "$python" >/dev/null || {
    echo "edgesdk needs Python 3.10 or newer, and $python is not there." >&2
    echo "Name another with: make PYTHON=python3.12 ..." >&2
    exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
    echo "edgesdk needs Python 3.10 or newer; $python is $("$python" --version 2>&1)." >&2
    echo "Name another with: make PYTHON=python3.12 ..." >&2
    exit 1
}
for compiler in "${CC:-cc}" "${CXX:-c++}"; do
    command -v "${compiler%% *}" >/dev/null || {
        echo "edgesdk needs a C and a C++ compiler, and ${compiler%% *} is not there." >&2
        echo "On Debian or Ubuntu: sudo apt-get install build-essential" >&2
        exit 1
    }
done

echo "Setting up .venv: libraries and native code, a few minutes the first time"

# Debian and Ubuntu split venv from Python. Where we may, we install it; else we say how.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        { apt-get update -q && apt-get install -qy "$package"; } >&2
    else
        echo "Python's venv module is missing. Install it: sudo apt-get install $package" >&2
        exit 1
    fi
fi

# One that an interruption left half made has no pip yet, and is made anew.
.venv/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear .venv
# setuptools warns at length about editable installations; ours is meant.
{
    .venv/bin/python -m pip install --quiet --upgrade pip &&
        PYTHONWARNINGS=ignore .venv/bin/python -m pip install --quiet --editable '.[dev]'
} || {
    echo "The set-up could not install its libraries; pip says above why." >&2
    echo "It needs the network, or a pip that knows another place (pip config)." >&2
    echo "Run it again when that is mended: it goes on where it was." >&2
    exit 1
}
touch .venv/ready
