"""Apply: a begun run > who answers there > replay > results sheet > summary. Yields Events; knows no console."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from bulk_orders.clock import Clock
from bulk_orders.core.events import Event, Started, Summary
from bulk_orders.core.plan import Plan, ShopFacts
from bulk_orders.core.results import FINAL, by_hand, exit_code, tally, unknown_orders
from bulk_orders.errors import BulkOrdersError, WrongShop
from bulk_orders.flows.backups import Backups
from bulk_orders.flows.begin_run import Run, guards
from bulk_orders.flows.replay import Replay
from bulk_orders.flows.run_context import Timing
from bulk_orders.flows.stop import Stop
from bulk_orders.flows.taking_back import begin_undo, note_undo
from bulk_orders.flows.write_results import tell_undone, write_results
from bulk_orders.settings import Settings
from bulk_orders.shopify.shop import Shop


async def apply_plan(
    run: Run, settings: Settings, clock: Clock, *, stop: Stop, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Event]:
    """Do exactly the plan. The last Event is a Summary, unless nothing could begin: then an error is raised."""
    ours = replace(settings.at(run.address), api_version=run.plan.shop.api_version)
    async with Shop(ours, clock, transport) as shop:
        with _noted(run, clock):
            await check_shop(shop, run.plan)
            begin_undo(run.plan, run.path, settings.home, clock.now())
        run.journal.begin_run(clock.now())
        events: asyncio.Queue[Event | None] = asyncio.Queue()
        backups = Backups(settings.home, run.plan.plan_id, shop)
        replay = Replay(
            run.plan,
            run.journal,
            shop,
            clock,
            timing=Timing(settings.settle_seconds, settings.job_deadline_seconds),
            emit=events.put_nowait,
            stop=stop,
            protect=tuple(guard.protect for guard in guards(run.plan, settings)),
            backup=backups.keep,
            transport=settings.transport,
        )
        yield _started(run, clock)
        work = asyncio.create_task(replay.run())
        work.add_done_callback(lambda _: events.put_nowait(None))
        try:
            while (event := await events.get()) is not None:
                yield event
            yield _ended(run, settings, clock, replay, work.exception(), stop, backups)
        finally:
            await _wind_up(work)


@contextlib.contextmanager
def _noted(run: Run, clock: Clock) -> Iterator[None]:
    """What keeps a run from going on is told by `status`; one that never began has nothing to tell of."""
    try:
        yield
    except BulkOrdersError as error:
        if run.resumed:
            with contextlib.suppress(BulkOrdersError):  # the error itself matters more than its note
                run.journal.begin_run(clock.now())
                run.journal.end_run(clock.now(), error.exit_code, error.what)
        raise


async def check_shop(shop: Shop, plan: Plan) -> ShopFacts:
    """The facts of the shop that answers: the plan's own, whatever its address, or WrongShop."""
    facts = await shop.facts()
    if (facts.domain, facts.id) != (plan.shop.domain, plan.shop.id):
        answers = "another shop of that name" if facts.domain == plan.shop.domain else facts.domain
        raise WrongShop(
            f"The plan is for {plan.shop.domain}; {answers} answers at {facts.origin}.",
            fix="Set SHOPIFY_SHOP to the plan's shop.",
        )
    return facts


async def _wind_up(work: asyncio.Task[None]) -> None:
    if not work.done():
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def _started(run: Run, clock: Clock) -> Started:
    left = sum(entry.state not in FINAL for entry in run.journal.entries.values())
    at = clock.now().isoformat(timespec="milliseconds")
    return Started(at, run.plan.plan_id, run.plan.shop.domain, len(run.plan.changes), left, run.resumed)


def _ended(
    run: Run,
    settings: Settings,
    clock: Clock,
    replay: Replay,
    error: BaseException | None,
    stop: Stop,
    backups: Backups,
) -> Summary:
    if error is not None and not isinstance(error, BulkOrdersError):
        raise error
    outcomes = tally(run.journal.entries.values())
    interrupted = stop.by_person and any(entry.state not in FINAL for entry in run.journal.entries.values())
    code = exit_code(outcomes, interrupted=interrupted, failed=error is not None)
    rescued = replay.recorder.rescue(settings.home, run.plan.plan_id)
    results = write_results(run.path, run.plan, run.journal.entries)
    notices = [*run.notices, *backups.notices(), *results.notices(), *_unwritten(rescued, results.path, run.plan)]
    if replay.bulk.given_up is not None:
        notices.append(
            f"Shopify's bulk operations were not gone on with, the rest went one by one: {replay.bulk.given_up}"
        )
    if rescued is None:
        try:
            note_undo(run.plan, run.journal.entries, settings.home, clock.now())
            run.journal.end_run(clock.now(), code, error.what if error else None)
        except BulkOrdersError as failed:  # nothing is lost by it: every outcome is in the journal
            notices.append(f"The end of this run could not be noted: {failed.what}")
    if run.plan.undoes:
        tell_undone(run.plan, settings.home)
    at = clock.now().isoformat(timespec="milliseconds")
    told = _told(error) if error is not None else None
    return Summary(
        at,
        run.plan.plan_id,
        outcomes,
        code,
        _shown(results.path),
        told,
        tuple(notices),
        by_hand(run.plan.changes, run.journal.entries),
        unknown_orders(run.plan.changes, run.journal.entries),
    )


def _unwritten(rescued: str | None, results: Path | None, plan: Plan) -> Iterator[str]:
    if rescued is not None:
        yield f"Outcomes that the journal did not take are in {rescued}."
    if results is None and plan.changes:
        yield "The results sheet could not be written; bulk-orders status shows the outcomes."


def _shown(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _told(error: BulkOrdersError) -> Mapping[str, Any]:
    return {"code": error.code, "what": error.what, "where": error.where, "fix": error.fix, "sent": True}
