"""Plan and apply for Shopify orders."""

__version__ = "0.1.0"
