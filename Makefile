# Each target sets up what it needs in .venv; PYTHON names the interpreter to make it with.
PYTHON ?= python3
BIN := .venv/bin
# The FPGA's engines that tests compile, kept from one run to the next.
export EDGESDK_BUILDS ?= $(CURDIR)/build/engines

.PHONY: demo test test-long conformance test-pynq lint bench firmware clean

demo: .venv/ready  ## compile, sign, deploy, prove, run, benchmark, replace, roll back
	PATH="$(CURDIR)/$(BIN):$$PATH" sh tools/demo.sh

test: .venv/ready  ## what CI runs
	$(BIN)/python -m pytest -n 2 -m "not long" --timeout 300 --timeout-method thread

test-long: .venv/ready  ## the tests that take minutes
	$(BIN)/python -m pytest -n 2

conformance: .venv/ready  ## the suite of all devices, long rows too, and the table of docs/conformance.md
	sh tools/conformance.sh

test-pynq:  ## the FPGA's driver under PYNQ, in an environment of its own
	sh tools/test_pynq.sh "$(PYTHON)"

lint: .venv/ready  ## style and types
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy edgesdk edgesdk_start.py backends \
		&& $(BIN)/python tools/lint_hls.py

bench: .venv/ready  ## timings beside a peer's, with ratios
	$(BIN)/python -m pytest tests/bench -m "not long" -s -q

firmware: .venv/ready  ## the images that are shipped, rebuilt from source
	$(BIN)/python tools/build_firmware.py

.venv/ready: pyproject.toml setup.py tools/setup.sh $(wildcard firmware/lib/*.[ch] firmware/lib/*/*.[ch] firmware/lib/*/*.def backends/cpu/native/*.[ch] backends/nand/native/*.[ch] hls/kernels/* hls/emulator/* backends/fpga/*.toml backends/fpga/boards/*.toml backends/fpga/profiles/*.toml)
	sh tools/setup.sh "$(PYTHON)"

clean:
	rm -rf .venv .venv-pynq build dist demo-output *.egg-info edgesdk/_native.so edgesdk/_native_abi.py backends/cpu/_decoder.so backends/cpu/_decoder_abi.py backends/fpga/*.so backends/fpga/_*_abi.py backends/fpga/*.toml.json backends/fpga/*/*.toml.json backends/nand/*.so backends/nand/_kernels_abi.py
