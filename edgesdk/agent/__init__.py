"""A device of a board at a distance: the agent that serves it there, and the wire between.

``docs/agent-protocol.md`` specifies the wire. ``strict_cbor``, ``frames``, ``plain``, ``messages``,
``blobs``, ``arrays``, ``arguments``, ``opened`` and ``errors_on_wire`` are both sides'; the rest is
the board's, and needs nothing but numpy, cbor2, cryptography and the runtime it serves.
"""
