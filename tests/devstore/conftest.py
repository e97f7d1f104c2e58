"""Shops for the tests of the devstore."""

from __future__ import annotations

import pytest

from devstore.box import Box, bare, full


@pytest.fixture
def box() -> Box:
    """A shop with one place and no orders."""
    return bare()


@pytest.fixture
def shop() -> Box:
    """A seeded shop of 200 orders."""
    return full()
