"""What ``train_cough.py`` and ``synthesise_coughs.py`` are made of."""
