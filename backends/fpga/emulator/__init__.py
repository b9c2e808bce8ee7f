"""A board made of software: its memory, its registers, and the engines that compute."""
