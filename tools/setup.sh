#!/bin/sh
# Makes .venv with the project and everything that its tests and demo need. Usage: setup.sh PYTHON
set -eu
python=$1

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

[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --upgrade pip
# setuptools warns at length about editable installations; ours is meant.
PYTHONWARNINGS=ignore .venv/bin/python -m pip install --quiet --editable '.[dev]'
touch .venv/ready
