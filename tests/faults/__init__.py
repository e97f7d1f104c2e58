"""The fault suite: every fault that must be survived, by its number, judged by the store's own log of effects."""
