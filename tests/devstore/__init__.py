"""Tests of the devstore."""
