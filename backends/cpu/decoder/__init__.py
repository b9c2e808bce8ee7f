"""The native engine for decoder-only language models: packing, the packed file, sessions."""
