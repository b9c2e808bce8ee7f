"""How a decoder lies in the accelerator's memory."""
