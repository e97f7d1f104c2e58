"""Telling others that a night has been: a notification, a heartbeat. Counts and paths leave here, never rows."""
