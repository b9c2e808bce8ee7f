"""The backends that come with edgesdk; one folder each, and none imports another."""
