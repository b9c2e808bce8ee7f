"""A device of a board at a distance: the agent that serves it there, and the wire between.

``docs/agent-protocol.md`` specifies the wire. ``wire`` is both sides'; the rest is the board's, and
needs nothing but numpy, cffi, cbor2, cryptography and the runtime it serves.
"""
