"""The records of a store: plain dataclasses, named as the Admin API names them in snake case.

Their one rule: they hold what is stored and compute nothing; statuses and totals are derived in
`derive`, and changes happen in `changes`, so that nothing can fall out of step.
"""
