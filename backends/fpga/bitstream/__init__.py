"""Bitstreams: what a build leaves, looked at, carried in a bundle, and unpacked again."""
