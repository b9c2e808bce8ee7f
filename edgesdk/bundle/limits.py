"""Every cap of the bundle format, and why it is what it is. All sizes are in bytes.

A cap is checked before memory is taken for what it bounds.
"""

from __future__ import annotations

MANIFEST = 64 * 1024  # is read before anybody has vouched for it; a real one has a few kilobytes
SIGNATURE = 64  # Ed25519
PUBLIC_KEY = 32  # Ed25519
SIGNATURE_MEMBER = PUBLIC_KEY + SIGNATURE

# ZIP without its 64-bit extension has 32-bit offsets and 16-bit counts, and all ones mean
# "look in the extension", so that the largest plain value is one less.
ARCHIVE = 2**32 - 2
MEMBERS = 2**16 - 2

PARTS = 64  # a decoder has about ten; a FIFO of headers on a small board holds this many
RANK = 8  # no kernel of any backend takes more axes
DIMENSION = 2**31 - 1  # what onnxruntime, LiteRT and 32-bit boards index with
VECTORS = 1024  # golden vectors; a trial has to end while somebody waits
INTEGER_DIGITS = 20  # -2**63 has 20 characters; longer ones only cost time to convert

KEY_FILE = 16 * 1024  # a PEM file of an Ed25519 key has 119 bytes; comments are allowed
