"""The demo: the whole story on a store in a box."""
