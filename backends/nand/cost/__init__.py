"""What it costs: energy for a token, wear, area, money."""
