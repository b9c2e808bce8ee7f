"""How the firmware is built: boards, compilers, sizes."""
