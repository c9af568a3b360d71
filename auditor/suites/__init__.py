"""Suites of Great Expectations: reading them strictly, running them on Polars, proposing them."""
