"""What is on disk: discovery, splits, roles, one file per format."""
