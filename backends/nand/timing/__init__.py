"""When everything happens: slots, slices, the NPU, DRAM; for a layer, for a token."""
