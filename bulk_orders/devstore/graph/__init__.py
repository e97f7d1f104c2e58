"""Executing GraphQL documents as the Admin API does: validation, costs, access, results, errors.

Its one rule: graphql-core parses, knows the types and coerces the values; what a document means to the
store is compiled once into plain functions, which interactive requests and bulk operations share.
"""
