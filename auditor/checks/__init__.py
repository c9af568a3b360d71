"""Facts to findings: one family of rules per file, each a pure function of small data.

A module exports `CHECKS = (...)`; `auditor.registry` walks the package. A check's docstring is what `audit explain`, the
README's table and the report's help print.
"""
