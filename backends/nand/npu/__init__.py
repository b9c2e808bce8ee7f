"""The NPU's side: norms, attention, activations, and its share of the matrices."""
