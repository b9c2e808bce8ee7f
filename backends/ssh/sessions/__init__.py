"""Sessions at a distance: a class for each kind of model, and what they share."""
