"""What the API shows of an order beyond what is stored: totals, statuses and flags.

Its one rule: pure functions of the records, computed on every read, so that no status can be stale.
"""
