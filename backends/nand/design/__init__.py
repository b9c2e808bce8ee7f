"""A design of the device: every parameter, its unit, its default in each preset, and where from."""
