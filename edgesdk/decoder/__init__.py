"""Decoder-only language models: what they are made of, tokens, generation, and the reference."""
