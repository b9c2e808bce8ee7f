#!/bin/sh
# Runs the conformance suite, PYNQ's row in the environment that tools/test_pynq.sh makes, where it is
# there, and makes the tables of docs/conformance.md from what both wrote. A run that was cut short, or
# in which a test failed, makes no page.
set -eu
results=build/conformance
rm -rf "$results"
# What looks at the page comes after it is made.
options="--ignore tests/conformance/test_page.py --timeout 300 --timeout-method thread -p conformance_results"
export PYTHONPATH="tests/conformance/plugin${PYTHONPATH:+:$PYTHONPATH}"
page="--page docs/conformance.md"

.venv/bin/python -m pytest tests/conformance -n 2 $options --conformance "$results/all.jsonl" || page=
if [ -x .venv-pynq/bin/python ]; then
    .venv-pynq/bin/python -m pytest tests/conformance -k fpga-pynq $options \
        --conformance "$results/pynq.jsonl" || page=
fi
.venv/bin/python tools/conformance_table.py "$results"/*.jsonl $page
if [ -z "$page" ]; then
    echo "The run was not whole: docs/conformance.md is as it was." >&2
    exit 1
fi
