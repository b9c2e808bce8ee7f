"""How long the accelerator takes: bytes and cycles counted, the rest a range with a source."""
