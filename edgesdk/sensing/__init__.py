"""Windows, features and cascades over sensor streams."""
