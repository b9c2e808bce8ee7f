"""Training of the sound classifier: data, features, augmentation, model, recipe, export."""
