"""Reading TFLite models, and checking them before."""
