"""The calls of the protocol, as the board answers them: a file for each kind, one table of all."""
