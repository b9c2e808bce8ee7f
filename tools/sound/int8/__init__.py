"""From the trained sound model in float32 to its int8 form for microcontrollers."""
