"""A plan as text: who and what, groups from harmless to irreversible, what is left alone and why, what it costs.

88 columns, ten per group, changed fields only (interface.md, manners of the output).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from bulk_orders.core.changes import Blocked, Change, Conflict
from bulk_orders.core.plan import Plan
from bulk_orders.core.taken_back import called
from bulk_orders.views.paint import Paint
from bulk_orders.views.words import VERBS, added, amount, amounts, count, duration, moment, plain
from bulk_orders.views.wrapping import WIDTH, cells, padded, wrap

SHOWN = 10
_INDENT = " " * 18


def plan_text(plan: Plan, path: Path, *, paint: Paint, full: bool = False, begun: str | None = None) -> str:
    """The whole plan for a terminal; `path` is the plan file, for the next command.

    `begun` says how far a plan is that is no dry run any more.
    """
    parts = [*_head(plan, paint, begun), ""]
    if plan.changes:
        for group in _groups(plan, paint, full=full):
            parts += [*group, ""]
    if plan.blocked or plan.conflicts:
        parts += [*_left_alone(plan, paint, full=full), ""]
    if plan.back:
        parts += [*_back(plan, paint, full=full), ""]
    for notice in plan.notices:
        parts += [*_wrapped(f"Note: {plain(notice.what)}{_rows(notice.rows)}", 2)]
    if plan.notices:
        parts.append("")
    parts += [paint.bold(line) for line in wrap(summary(plan), WIDTH)]
    if plan.changes:
        parts += [*consequences(plan, paint), "", *([begun] if begun else _what_next(plan, path))]
    return "\n".join(parts)


def _head(plan: Plan, paint: Paint, begun: str | None) -> list[str]:
    sheet = f"{Path(plan.sheet.path).name}, {count(plan.sheet.rows, 'row')}"
    mode = "as it was planned; how far it is stands below" if begun else "dry run: nothing has been sent"
    if plan.undoes:
        base = f"to take back what {called(plan.undoes, plan.undoes_name)} applied"
    elif plan.sheet.base:
        base = f"edited from the export of {moment(plan.sheet.base_made_at)}"
    else:
        base = "not from an export of ours, so compared with the shop alone"
    return [
        f"{paint.bold(f'{_kind(plan)} for {plan.shop.domain}')}   {paint.soft(mode)}",
        *_wrapped(f"sheet  {plain(sheet)}, {base}", 2, hang=7),
        f"  live   read {moment(plan.made_at)} through API {plan.shop.api_version}",
    ]


def _kind(plan: Plan) -> str:
    return "Undo" if plan.undoes else "Plan"


# --- changes ----------------------------------------------------------------------------------------------------------


def _groups(plan: Plan, paint: Paint, *, full: bool) -> Iterator[list[str]]:
    for action, verb in VERBS.items():
        changes = [change for change in plan.changes if change.action == action]
        if not changes:
            continue
        undone = "" if all(change.reversible for change in changes) else f", {paint.red('! cannot be undone')}"
        lines = [f"{paint.bold(verb.title)}: {len(changes):,}{undone}"]
        shown = changes if full else changes[:SHOWN]
        for change in shown:
            lines += _change(change, paint)
        if len(changes) > len(shown):
            lines.append(f"  ... {len(changes) - len(shown):,} more (--full shows all)")
        yield lines


def _change(change: Change, paint: Paint) -> list[str]:
    name, row = padded(plain(change.name), 8), f"row {change.row}"
    head = f"  {name} {paint.soft(row)}"
    taken = cells(f"  {name} {row}")
    gap = max(1, len(_INDENT) - taken)
    first, *rest = [*_fields(change), *(f"! {plain(warning)}" for warning in change.warnings)]
    lines = _body(first, taken + gap)
    lines[0] = f"{head}{' ' * gap}{lines[0].lstrip()}"
    for text in rest:
        lines += [paint.amber(line) if text.startswith("!") else line for line in _body(text)]
    return lines


def _fields(change: Change) -> list[str]:
    """Changed fields only, before -> after; what an action adds stands together on one line."""
    told = []
    for key, before in change.before.items():
        after = change.after.get(key)
        told.append(f"{_label(key)}{_value(before)} -> {_value(after)}")
    extra = ", ".join(plain(each) for each in added(change.after, change.before, change.defaults))
    return [*told, *([extra] if extra else [])]


def _label(key: str) -> str:
    return "" if key == "Status" else f"{plain(key)}: "


def _value(value: object) -> str:
    if value in (None, ""):
        return "(empty)"
    text = plain(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


def _body(text: str, begins: int = len(_INDENT)) -> list[str]:
    hang = "  " if text.startswith("! ") else ""
    return wrap(text, WIDTH, initial_indent=" " * begins, subsequent_indent=_INDENT + hang) or [_INDENT]


# --- left alone -------------------------------------------------------------------------------------------------------


def _left_alone(plan: Plan, paint: Paint, *, full: bool) -> list[str]:
    rows = plan.rows["blocked"] + plan.rows["conflict"]
    verb = "needs" if rows == 1 else "need"
    lines = [f"{paint.bold('Left alone')}: {count(rows, 'row')} {verb} you"]
    if plan.undoes:
        lines = [f"{paint.bold('Cannot be taken back')}: {len(plan.blocked):,}"]
        return [*lines, *_not_taken_back(plan, full=full)]
    told = [*(_blocked(b) for b in plan.blocked), *(_conflict(c) for c in plan.conflicts)]
    shown = told if full else told[:SHOWN]
    for sign, name, row, what, fix in shown:
        lines += _wrapped(f"{sign} {plain(name)} row {row}: {what}", 2, hang=2)
        lines += _wrapped(f"Fix: {fix}", 4, hang=5)
    if len(told) > len(shown):
        lines.append(f"  ... {count(len(told) - len(shown), 'more reason')} (--full shows all)")
    return lines


def _not_taken_back(plan: Plan, *, full: bool) -> list[str]:
    """Why, each reason once with all its orders: what stops one undo often stops many in the same way."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for blocked in plan.blocked:
        action = (blocked.action or "").replace("_", " ")
        groups.setdefault((blocked.reason, blocked.fix), []).append((f"{blocked.name} row {blocked.row}", action))
    told = list(groups.items())
    shown = told if full else told[:SHOWN]
    lines: list[str] = []
    for (reason, fix), of_reason in shown:
        lines += _wrapped(f"✗ {_places(of_reason, full=full)}: {plain(reason)}", 2, hang=2)
        lines += _wrapped(f"Fix: {plain(fix)}", 4, hang=5)
    if len(told) > len(shown):
        lines.append(f"  ... {len(told) - len(shown):,} more (--full shows all)")
    return lines


def _back(plan: Plan, paint: Paint, *, full: bool) -> list[str]:
    """What needs no taking back, by how that came."""
    lines = [f"{paint.bold('Undone already')}: {len(plan.back):,}"]
    groups: dict[str, list[tuple[str, str]]] = {}
    for back in plan.back:
        groups.setdefault(back.how, []).append((f"{back.name} row {back.row}", back.action.replace("_", " ")))
    for how, of_reason in groups.items():
        lines += _wrapped(f"= {_places(of_reason, full=full)}: {plain(how)}", 2, hang=2)
    return lines


def _places(found: list[tuple[str, str]], *, full: bool) -> str:
    """`#1001 row 2 unfulfill, #1002 row 3 hold and 5 more`."""
    named = [plain(" ".join(filter(None, each))) for each in found]
    if full or len(named) <= SHOWN:
        return ", ".join(named)
    return f"{', '.join(named[:SHOWN])} and {len(named) - SHOWN:,} more"


def _blocked(blocked: Blocked) -> tuple[str, str, int, str, str]:
    action = f"{blocked.action.replace('_', ' ')}. " if blocked.action else ""
    name = blocked.name or (blocked.order or "?").rsplit("/", 1)[-1]
    return "✗", name, blocked.row, f"{action}{plain(blocked.reason)}", plain(blocked.fix)


def _conflict(conflict: Conflict) -> tuple[str, str, int, str, str]:
    if conflict.base is None:
        what = f"{conflict.column} is {_value(conflict.live)} in the shop, {_value(conflict.sheet)} in the sheet."
        fix = "Nobody knows which is newer: export and edit that sheet, or take this one's values with --two-way."
    else:
        what = (
            f"{conflict.column} was changed on both sides. At export {_value(conflict.base)}, in your sheet "
            f"{_value(conflict.sheet)}, in the shop now {_value(conflict.live)}."
        )
        fix = "Export again, or choose with --on-conflict sheet (yours) or --on-conflict live (the shop's)."
    return "~", conflict.name, conflict.row, what, fix


# --- what it comes to -------------------------------------------------------------------------------------------------


def summary(plan: Plan) -> str:
    """One line: changes by action, and where every other row went."""
    rows = plan.rows
    others = [
        f"{count(rows['blocked'] + rows['conflict'], 'row')} left alone" if rows["blocked"] + rows["conflict"] else "",
        f"{rows['unchanged']:,} unchanged",
        f"{rows['ignored']:,} ignored" if rows["ignored"] else "",
    ]
    rest = ", ".join(filter(None, others))
    if not plan.changes:
        return f"No changes: {rest}."
    counts: Mapping[str, int] = plan.counts()
    asked = ", ".join(f"{counts[action]:,} {verb.to}" for action, verb in VERBS.items() if counts.get(action))
    return f"{count(len(plan.changes), 'change')} in {count(rows['changed'], 'row')}: {asked}. {rest}."


def consequences(plan: Plan, paint: Paint) -> list[str]:
    """Money, e-mails, stock, what is for good, and how long it takes at the shop's rate limit."""
    parts = [*costs(plan)]
    final = len(plan.irreversible)
    if final:
        parts.append(f"{final:,} cannot be undone")
    if plan.shop.restore_rate > 0:
        rate = f"{plan.shop.restore_rate:g} points/s"
        parts.append(f"{duration(plan.seconds)} at this shop's rate limit ({rate})")
    parts[-1] += f", {plan.points:,} points"
    lines = _wrapped(f"Consequences: {', '.join(parts)}.", 0)
    return [line.replace("cannot be undone", paint.red("cannot be undone")) for line in lines]


def costs(plan: Plan) -> list[str]:
    """What the plan does to money, to customers and to stock, each in a few words."""
    refunds, methods, fees, stock = plan.refunds(), plan.refund_methods(), plan.fees(), plan.restocked()
    how = f" ({'; '.join(f'{plain(name)} {amount(money)}' for name, money in methods)})" if methods else ""
    units = sum(stock.values())
    where = ", ".join(f"{plain(place)} {number:,}" for place, number in stock.items() if number)
    own = plan.presentment_refunds()
    parts = [
        f"refunds {amounts(refunds)}{how}" if refunds else "no refunds",
        f"customers get {amounts(own)}" if own != refunds else "",
        f"payment fees of {amounts(fees)} are not given back" if fees else "",
        count(plan.emails, "e-mail to a customer", "e-mails to customers") if plan.emails else "no e-mails",
        f"{count(units, 'unit')} back to stock ({where})" if units else "",
        f"{count(plan.deletions, 'order leaves', 'orders leave')} your reports for good" if plan.deletions else "",
    ]
    return [part for part in parts if part]


def _what_next(plan: Plan, path: Path) -> list[str]:
    """The command that does it; none for a plan that would be refused."""
    if not plan.over:
        return [f"To do exactly this:  {next_command(plan, path)}"]
    reasons = [line for told in plan.over for line in _wrapped(f"✗ {told}", 2, 2)]
    return [f"Not to be applied as it is: over {count(len(plan.over), 'limit')}.", *reasons]


def next_command(plan: Plan, path: Path) -> str:
    """What to type to apply the plan."""
    confirm = f" --confirm {plan.shop.handle}" if plan.irreversible else ""
    return f"bulk-orders apply {quoted(path)}{confirm}"


def quoted(path: Path) -> str:
    """A path as a shell takes it."""
    return shlex.quote(str(path))


def _rows(rows: tuple[int, ...]) -> str:
    if not rows:
        return ""
    shown = ", ".join(str(row) for row in rows[:5])
    return f" (row{'s' if len(rows) > 1 else ''} {shown}{', ...' if len(rows) > 5 else ''})"


def _wrapped(text: str, indent: int, hang: int = 0) -> list[str]:
    return wrap(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent + hang))
