"""A seeded shop: its catalogue, its customers and its orders, the same for the same seed.

Its one rule: what an order has been through is played with the same changes as the API's, at the times
when it happened, so no seeded order is in a state that the store could not reach. Every person and
place is evidently fictional (example.com, numbers and addresses reserved for fiction).
"""
