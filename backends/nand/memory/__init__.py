"""What a model's weights lie in: pages of flash, a copy of them as sensed, or no pages at all."""
