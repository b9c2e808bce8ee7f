"""Reading GGUF files: their frame, and the decoders in them."""
