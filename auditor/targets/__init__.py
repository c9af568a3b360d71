"""Fine-tuning targets: one TOML per provider or trainer in `data/`, the predicates they name, and what a row has to do with them.

Read `study.py` first; `request.py` is what the checks ask, `spec.py` how a target is read, `convert.py` how rows are rewritten.
"""
