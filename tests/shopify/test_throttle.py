"""The mirror of the bucket: it never spends what is not there, and leaves nothing lying."""

from __future__ import annotations

import heapq
import math
import random
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_orders.shopify.throttle import Bucket, ThrottleStatus


def _known(available: float = 2000.0, maximum: float = 2000.0, rate: float = 100.0) -> Bucket:
    bucket = Bucket()
    bucket.learn(0, 0, ThrottleStatus(maximum, available, rate), 0.0)
    return bucket


def test_before_the_first_reply_one_request_goes_out() -> None:
    bucket = Bucket()
    assert bucket.wait(10, 0.0) == 0
    bucket.reserve(10, 0.0)
    assert bucket.wait(10, 0.0) > 0
    bucket.learn(10, 1, ThrottleStatus(2000, 1999, 100), 0.1)
    assert bucket.wait(10, 0.1) == 0


def test_a_missing_cost_is_waited_for_at_the_restore_rate() -> None:
    assert _known(available=4).wait(10, 0.0) == 0.06


def test_what_was_not_used_comes_back() -> None:
    bucket = _known(available=100)
    bucket.reserve(80, 0.0)
    bucket.learn(80, 10, ThrottleStatus(2000, 90, 100), 0.0)
    assert bucket.level(0.0) == 90


def test_a_wait_is_never_too_short_for_a_clock_to_see() -> None:
    """Sleeping 1e-16 s moves no clock: a wait like that was once asked for for ever."""
    bucket = _known(available=10 - 1e-9)
    assert bucket.wait(10, 1_000_000.0) == 0.0
    assert _known(available=10 - 1e-4).wait(10, 0.0) >= 0.001


def test_it_fills_to_its_maximum_and_no_further() -> None:
    assert _known(available=1999).level(60.0) == 2000


def test_a_bucket_that_shrinks_is_believed() -> None:
    bucket = _known(available=2000)
    bucket.reserve(10, 0.0)
    bucket.learn(10, 10, ThrottleStatus(1000, 500, 50), 0.0)
    assert bucket.level(0.0) == 500


def test_a_lost_answer_takes_no_more_than_a_whole_bucket() -> None:
    """What was expected of a request may be far too much; nobody waits minutes for what cannot have been taken."""
    bucket = _known(available=2000)
    taken = bucket.reserve(13650, 0.0)
    bucket.learn(taken, None, None, 0.5)
    assert (bucket.in_flight, bucket.level(0.5)) == (0, 50)
    bucket.reserve(10, 1.0)
    bucket.learn(10, 10, ThrottleStatus(2000, 1900, 100), 1.0)
    assert bucket.level(1.0) == pytest.approx(90)


def test_more_than_a_whole_bucket_waits_for_a_full_one() -> None:
    assert _known(available=1900).wait(5000, 0.0) == 1.0


def test_somebody_elses_spending_is_seen() -> None:
    bucket = _known(available=2000)
    bucket.reserve(10, 0.0)
    bucket.learn(10, 10, ThrottleStatus(2000, 300, 100), 0.0)
    assert bucket.level(0.0) == 300


def test_replies_out_of_order_do_not_count_points_twice() -> None:
    bucket = _known(available=100)
    for _ in range(5):
        bucket.reserve(10, 0.0)
    bucket.learn(10, 10, ThrottleStatus(2000, 90, 100), 0.0)  # of the first, before the others arrived
    assert bucket.level(0.0) == 50


@dataclass
class _Shop:
    """The bucket as the shop keeps it."""

    level: float = 2000.0
    at: float = 0.0

    def take(self, cost: float, now: float) -> bool:
        self.level = min(2000.0, self.level + (now - self.at) * 100.0)
        self.at = now
        if self.level < cost:
            return False
        self.level -= cost
        return True


@given(st.lists(st.tuples(st.floats(0, 0.5), st.integers(1, 300), st.floats(0.1, 1)), min_size=1, max_size=80))
def test_the_shop_never_has_to_throttle(requests: list[tuple[float, int, float]]) -> None:
    """Whatever is asked for, in whatever rhythm: nothing leaves that the shop would not take."""
    shop, bucket, now = _Shop(), _known(), 0.0
    for pause, cost, share in requests:
        now += pause
        while (wait := bucket.wait(cost, now)) > 0:
            now += wait + 1e-9
        bucket.reserve(cost, now)
        assert shop.take(cost - 1e-3, now)
        used = cost * share
        shop.level += cost - 1e-3 - used
        bucket.learn(cost, used, ThrottleStatus(2000, shop.level, 100), now)


@dataclass
class _Taken(_Shop):
    """Somebody else steadily takes a part of what comes back."""

    part: float = 0.0

    def take(self, cost: float, now: float) -> bool:
        self.level -= (now - self.at) * 100.0 * self.part
        return super().take(cost, now)


def _replayed(part: float, requests: int) -> tuple[float, float]:
    """Shares: of the requests that were throttled, of the offered points that were spent. 300 +- 200 ms of latency."""
    rng, shop, bucket = random.Random(5), _Taken(part=part), _known()
    left, sent, throttled, now, due = requests, 0, 0, 0.0, 0.0
    coming: list[tuple[float, int, str, tuple[Any, ...]]] = [(0.0, 0, "try", ())]

    def at(when: float, what: str, *about: Any) -> None:
        heapq.heappush(coming, (when, rng.getrandbits(60), what, about))

    while coming:
        now, _, what, about = heapq.heappop(coming)
        if what == "arrives":
            done = shop.take(10, now)
            throttled += not done
            at(now + rng.uniform(0.05, 0.25), "answered", done, shop.level)
        elif what == "answered":
            done, level = about
            bucket.learn(10, 10 if done else None, ThrottleStatus(2000, level, 100), now)
            left += not done
        due = math.inf if due <= now else due
        while left and (wait := bucket.wait(10, now)) == 0:
            bucket.reserve(10, now)
            left, sent = left - 1, sent + 1
            at(now + rng.uniform(0.05, 0.25), "arrives")
        if left and now + wait < due:
            due = now + wait
            at(due, "try")
    return throttled / sent, 10 * requests / (2000 + now * 100 * (1 - part))


@pytest.mark.parametrize("part", [0.0, 0.1, 0.3, 0.6])
def test_what_others_take_steadily_is_left_to_them(part: float) -> None:
    throttled, used = _replayed(part, 1500)
    assert throttled <= 0.01
    assert used >= 0.98


def test_what_a_full_bucket_loses_nobody_took() -> None:
    """After a quiet minute the bucket is full again; less came back than could have, and nobody else spent it."""
    bucket = _known(available=1000)
    bucket.reserve(10, 60.0)
    bucket.learn(10, 10, ThrottleStatus(2000, 1990, 100), 60.2)
    assert bucket.restore_rate == 100


def test_who_stops_spending_is_forgotten() -> None:
    bucket = _known(available=100)
    rates = []
    for second in range(1, 20):
        taken = 60 if second <= 10 else 0
        bucket.reserve(30, second)
        status = ThrottleStatus(2000, 100 + (70 - taken) * min(second, 10) + 70 * max(0, second - 10), 100)
        bucket.learn(30, 30, status, second)
        rates.append(bucket.restore_rate)
    assert min(rates) == pytest.approx(40, abs=5)
    assert rates[-1] == 100


def test_a_share_spends_its_part_of_what_is_there_and_of_what_comes_back() -> None:
    bucket = Bucket(share=0.8)
    bucket.learn(0, 0, ThrottleStatus(2000, 2000, 100), 0.0)
    assert bucket.level(0.0) == 1600
    bucket.reserve(1600, 0.0)
    bucket.learn(1600, 1600, ThrottleStatus(2000, 400, 100), 0.0)
    assert bucket.wait(8, 0.0) == pytest.approx(0.1)
    assert bucket.level(60.0) == 1600


def test_a_share_of_an_empty_bucket_is_nothing() -> None:
    """What others took is gone, whosever it was."""
    bucket = Bucket(share=0.5)
    bucket.learn(0, 0, ThrottleStatus(2000, 3, 100), 0.0)
    assert bucket.level(0.0) == 3
