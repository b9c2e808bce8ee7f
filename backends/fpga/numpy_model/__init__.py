"""The accelerator's contract in plain numpy: slow, and written from the documents alone.

It is the oracle of the HLS C++ and of the SystemVerilog, to the bit: ``docs/fpga-numerics.md`` and
``docs/fpga-weight-format.md`` are all that it knows. Floats are float32 throughout, and none that
goes into a function is subnormal: ``floats.flushed`` sees to that where they are read from memory,
and no function gives one.
"""
