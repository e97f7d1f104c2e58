"""The search syntax of list queries: parsing, filters, sorting and the lagging index.

Its one rule: it fails open where Shopify does. An unknown field is ignored and everything is returned,
with a warning in `extensions.search` (shopify-api.md 6), because clients must notice that themselves.
"""
