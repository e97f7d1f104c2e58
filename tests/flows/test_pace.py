"""The shop's rate limit is used to the last point, and no request is thrown at a shop that has none left."""

from __future__ import annotations

from pathlib import Path

from bench.replay import replay


def test_a_long_apply_spends_what_the_bucket_offers(tmp_path: Path) -> None:
    done = replay(tmp_path, "standard", 400)
    assert done.used is not None
    assert done.used >= 0.98
    assert done.throttled <= 0.01
    assert done.reading <= 0.02


def test_a_share_leaves_the_rest_to_others(tmp_path: Path) -> None:
    done = replay(tmp_path, "standard", 300, share=0.5)
    assert done.used is not None
    assert 0.48 <= done.used <= 0.51
    assert done.throttled == 0


def test_a_fast_shop_is_not_held_by_a_number_of_ours(tmp_path: Path) -> None:
    """The bucket holds it all: what is left is the way to the shop and back, for several hundred at a time."""
    done = replay(tmp_path, "enterprise", 600)
    assert done.used is None
    assert done.seconds < 600 / 200
