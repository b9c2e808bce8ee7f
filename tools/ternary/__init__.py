"""Training a small story model with ternary weights from a small float teacher."""
