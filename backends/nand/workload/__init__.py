"""What one token costs: matrices in the order of their use, and the cache of keys and values."""
