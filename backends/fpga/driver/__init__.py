"""What the accelerator is to this machine: memory, registers, calls, and a model that is loaded."""
