"""From float or ternary weights to the integers that pages hold."""
