"""Logits on the host: all of them, or the largest ones again."""
