"""What goes over the line between a host and a board: frames, messages, values as plain CBOR."""
