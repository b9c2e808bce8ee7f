"""A real board, through PYNQ."""
