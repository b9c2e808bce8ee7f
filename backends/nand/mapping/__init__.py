"""Which weights lie in which page, and which pages are computed together."""
