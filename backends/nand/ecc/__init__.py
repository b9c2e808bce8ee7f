"""On-die error correction: which values of a page are protected, and how."""
