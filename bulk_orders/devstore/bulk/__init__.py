"""Bulk operations: rules for their documents, the JSONL they write, their life and their files.

Its one rule: they go on by the clock and only when somebody looks, in pieces small enough that a server
can answer others in between.
"""
