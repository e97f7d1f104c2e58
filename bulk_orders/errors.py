"""Every way in which bulk-orders can end other than well.

An error is data until a view words it and the command line exits: it says what happened, where, how to
mend it, and whether anything was sent to Shopify. The tree, with the exit code that each branch means:

    BulkOrdersError (1)
    ├── Misused (2)                 wrong usage: a missing file, a bad setting, a missing flag
    ├── SheetInvalid (4)            the sheet has problems; all of them are in `problems`
    │   └── SheetEmpty              it has no rows
    ├── PlanRefused (5)
    │   ├── PlanDamaged             edited, cut off, not a plan
    │   ├── PlanStale               older than a plan may be, and never started
    │   ├── PlanUsedUp              every change is final already
    │   ├── PlanUndone              an undo of it was applied
    │   ├── PlanOtherVersion        written by another major version
    │   ├── PlanNotApproved         not the plan whose digest was given
    │   ├── PlanUnfinished          a run of this plan file was begun and is not done
    │   ├── OverLimit               more than somebody allowed
    │   ├── WrongShop               the plan belongs to another shop
    │   └── ShopLocked              another run holds this shop
    ├── ShopifyError (1)
    │   ├── Unreachable             no answer, or none that can be used
    │   ├── AccessDenied            401, 402, 403, 404, 423, 430, or a missing scope
    │   ├── Refused                 Shopify understood and said no
    │   └── VersionMismatch         served by another API version than asked for
    ├── StorageError (1)            the journal or a file cannot be written
    ├── Declined (1)                a person said no at the prompt
    └── Interrupted (130)           Ctrl-C or a signal; progress is kept
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class BulkOrdersError(Exception):
    """Something the user should hear about: `what` happened, `where`, and how to `fix` it.

    `sent` says whether a mutation may have left for Shopify before this error.
    """

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "failed"

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None, sent: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix
        self.sent = sent


class Misused(BulkOrdersError):
    exit_code = 2
    code = "usage"


class SheetInvalid(BulkOrdersError):
    """The sheet has problems; `problems` holds every one (core.problems.Problem)."""

    exit_code = 4
    code = "sheet_invalid"

    def __init__(self, what: str, problems: Sequence[Any], *, where: str | None = None, fix: str | None = None) -> None:
        super().__init__(what, where=where, fix=fix)
        self.problems = tuple(problems)


class SheetEmpty(SheetInvalid):
    """A header and nothing below it. For a person that is a mistake; for a night it asks for nothing."""

    code = "sheet_empty"


class PlanRefused(BulkOrdersError):
    exit_code = 5
    code = "plan_refused"


class PlanDamaged(PlanRefused):
    code = "plan_damaged"


class PlanStale(PlanRefused):
    code = "plan_stale"


class PlanUsedUp(PlanRefused):
    code = "plan_used_up"


class PlanUndone(PlanRefused):
    code = "plan_undone"


class PlanOtherVersion(PlanRefused):
    code = "plan_other_version"


class PlanNotApproved(PlanRefused):
    code = "plan_not_approved"


class PlanUnfinished(PlanRefused):
    code = "plan_unfinished"


class OverLimit(PlanRefused):
    code = "over_limit"


class WrongShop(PlanRefused):
    code = "wrong_shop"


class ShopLocked(PlanRefused):
    code = "shop_locked"


class ShopifyError(BulkOrdersError):
    code = "shopify"


class Unreachable(ShopifyError):
    code = "unreachable"


class AccessDenied(ShopifyError):
    code = "access_denied"


class Refused(ShopifyError):
    code = "refused"


class VersionMismatch(ShopifyError):
    code = "version_mismatch"


class StorageError(BulkOrdersError):
    code = "storage"


class Declined(BulkOrdersError):
    code = "declined"


class Interrupted(BulkOrdersError):
    exit_code = 130
    code = "interrupted"
