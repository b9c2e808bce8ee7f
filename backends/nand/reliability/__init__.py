"""Which bits of a page are wrong: cells by seed, age, cycles and reads, and noise apart."""
