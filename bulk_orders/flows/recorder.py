"""The journal as a run sees it: what is durable, what could not be saved, and what is told to those who watch.

When the journal cannot be written nothing more is sent; the outcomes that came in meanwhile are put into a file of
their own, and if that fails too, on stderr (guarantees.md 10).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from bulk_orders import failpoints
from bulk_orders.clock import Clock
from bulk_orders.core.changes import Change
from bulk_orders.core.events import Accepted, ChangeDone, Event
from bulk_orders.core.places import Place
from bulk_orders.core.results import OUTCOMES, Entry, State
from bulk_orders.errors import BulkOrdersError, StorageError
from bulk_orders.storage.atomic import write_text
from bulk_orders.storage.journal import Journal


class Recorder:
    """Writes entries and tells of them. An entry is told only after it is durable."""

    def __init__(self, journal: Journal, clock: Clock, emit: Callable[[Event], None]) -> None:
        self._journal = journal
        self._clock = clock
        self._emit = emit
        self.unsaved: list[Entry] = []

    def entry(self, change: Change) -> Entry:
        """Where the change stands."""
        return self._journal.entries[change.id]

    def at(self) -> str:
        return self._clock.now().isoformat(timespec="milliseconds")

    def intend(self, change: Change, *, sent_at: str, settle_until: str) -> None:
        """Say durably that the change is about to be sent; StorageError keeps it back.

        The same send, repeated because it surely was not executed, is one attempt.
        """
        entry = self.entry(change)
        again = entry.state is State.SENDING
        self._journal.write(
            [
                replace(
                    entry,
                    state=State.SENDING,
                    attempt=entry.attempt if again else entry.attempt + 1,
                    sent_at=sent_at,
                    settle_until=settle_until,
                    job_id=None,
                    result_id=None,
                    made=None,
                )
            ]
        )

    def take_back(self, change: Change) -> None:
        """The send was surely not executed: as if it had never been."""
        entry = self.entry(change)
        if entry.state is State.SENDING:
            self._save(replace(entry, state=State.PENDING, attempt=entry.attempt - 1))

    def may_go_again(self, change: Change) -> None:
        """The order, read after the settle window, does not show the send: it may be sent again."""
        self._save(replace(self.entry(change), state=State.PENDING))

    def accept(
        self,
        change: Change,
        *,
        job_id: str | None,
        result_id: str | None,
        request_id: str | None,
        made: str | None = None,
    ) -> None:
        """Shopify has begun; the job's id is on disk before it is asked about."""
        entry = replace(self.entry(change), state=State.ACCEPTED, job_id=job_id, result_id=result_id)
        self._save(replace(entry, request_id=request_id, made=made))
        self._emit(Accepted(self.at(), change.id, change.name, change.action))

    def finish(
        self,
        change: Change,
        state: State,
        reason: str | None = None,
        *,
        request_id: str | None = None,
        made: str | None = None,
    ) -> None:
        """The change has its outcome."""
        entry = self.entry(change)
        ids = request_id or entry.request_id, made or entry.made
        entry = replace(entry, state=state, reason=reason, request_id=ids[0], made=ids[1])
        self._save(entry)
        self.tell(change, entry)

    def finish_all(self, changes: list[Change], state: State, reason: str) -> None:
        """The same outcome for several, in one commit."""
        if not changes:
            return
        entries = [replace(self.entry(change), state=state, reason=reason) for change in changes]
        self._save(*entries)
        for change, entry in zip(changes, entries, strict=True):
            self.tell(change, entry)

    def finish_each(self, changes: list[Change], state: State, *, request_id: str | None) -> None:
        """The same outcome for all of these, which were sent together: in one commit."""
        entries = [replace(self.entry(c), state=state, reason=None, request_id=request_id) for c in changes]
        if entries:
            self._save(*entries)
        for change, entry in zip(changes, entries, strict=True):
            self.tell(change, entry)

    # --- changes that are sent together in a bulk operation: each of these is one commit ------------------------------

    def intend_all(self, places: list[tuple[Change, Place]], *, sent_at: str, settle_until: str) -> None:
        """Say durably that these are about to be sent, each at its place; StorageError keeps them all back."""
        self._journal.write(
            [
                replace(
                    entry,
                    state=State.SENDING,
                    attempt=entry.attempt + int(entry.state is not State.SENDING),
                    sent_at=sent_at,
                    settle_until=settle_until,
                    job_id=str(place),
                    result_id=None,
                    made=None,
                )
                for change, place in places
                for entry in [self.entry(change)]
            ]
        )

    def take_back_all(self, changes: list[Change]) -> None:
        """They were surely not executed: as if they had never been sent."""
        sending = [entry for change in changes if (entry := self.entry(change)).state is State.SENDING]
        if sending:
            self._save(*(replace(e, state=State.PENDING, attempt=e.attempt - 1, job_id=None) for e in sending))

    def place_all(self, places: list[tuple[Change, Place]]) -> None:
        """The shop has named the operation: on disk before it is asked about."""
        self._save(*(replace(self.entry(change), job_id=str(place)) for change, place in places), kind="place")

    def unclear_all(self, changes: list[Change], *, settle_until: str | None = None) -> None:
        """Their operation is over and says nothing of them: they may have been executed until now, or not at all."""
        entries = [replace(self.entry(change), job_id=None) for change in changes]
        if settle_until is not None:
            entries = [replace(entry, settle_until=settle_until) for entry in entries]
        if entries:
            self._save(*entries, kind="place")

    def tell(self, change: Change, entry: Entry) -> None:
        assert entry.state in OUTCOMES
        self._emit(
            ChangeDone(
                self.at(),
                change.id,
                change.order,
                change.name,
                change.row,
                change.action,
                entry.state.value,
                entry.reason,
                entry.request_id,
            )
        )

    def _save(self, *entries: Entry, kind: str | None = None) -> None:
        try:
            self._journal.write(entries, kind)
        except BulkOrdersError:
            self.unsaved += entries
            self._journal.entries.update({entry.id: entry for entry in entries})
            raise

    def rescue(self, folder: Path, run_id: str) -> str | None:
        """Put outcomes that the journal did not take where a person finds them; returns where."""
        if not self.unsaved:
            return None
        lines = "".join(json.dumps(asdict(entry)) + "\n" for entry in self.unsaved)
        path = folder / f"errored-{run_id}.jsonl"
        try:
            failpoints.passing("rescue")
            write_text(path, _saved_before(path) + lines)
        except (StorageError, OSError):
            sys.stderr.write(lines)
            return "stderr"
        return str(path)


def _saved_before(path: Path) -> str:
    """What an earlier run of the same plan saved there."""
    return path.read_text(encoding="utf-8") if path.exists() else ""
