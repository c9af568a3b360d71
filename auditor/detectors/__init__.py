"""The heavy engines, each fenced into its own module and imported inside functions."""
