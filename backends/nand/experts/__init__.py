"""Mixtures of experts on flash: which experts a token reads, from where."""
