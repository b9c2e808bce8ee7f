"""The rules of tools/lint_hls.py."""
