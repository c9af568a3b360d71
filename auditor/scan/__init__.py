"""Rows to facts: the streamed pass, mergeable measures, and studies of the whole."""
