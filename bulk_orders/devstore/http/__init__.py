"""The HTTP side: the Admin API, the OAuth grant, result files, uploads, and the box's own paths.

Its one rule: everything is an `Incoming` request and a `Reply`, so that one place counts, delays and
breaks all of them alike.
"""
