"""The Admin API: the one place where bytes leave."""
