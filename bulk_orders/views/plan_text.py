"""A plan as text: who and what, groups from harmless to irreversible, what is left alone and why, what it costs.

88 columns, ten per group, changed fields only (interface.md, manners of the output).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bulk_orders.core.changes import Blocked, Change, Conflict
from bulk_orders.core.plan import Plan
from bulk_orders.core.taken_back import called
from bulk_orders.language import clauses, colon, decimal, plural, say, told
from bulk_orders.views import values
from bulk_orders.views.lines import titled, to_type
from bulk_orders.views.paint import Paint
from bulk_orders.views.words import VERBS, amount, amounts, bare, count, duration, moment, numbered, plain, quoted
from bulk_orders.views.wrapping import cells, isolated, padded, width, wrap

SHOWN = 10
_NAME = 8
"""Cells of an order's name."""
_NARROW_HANG = 4
_LONGEST = 120
"""Characters of a value."""
_NARROW = 64
"""Cells below which a change has its name on a line of its own, or nothing would be left for what it changes."""


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
        parts += [*_wrapped(f"{say('Note:')} {plain(told(notice.what))}{_rows(notice.rows)}", 2)]
    if plan.notices:
        parts.append("")
    parts += [paint.bold(line) for line in wrap(summary(plan))]
    if plan.changes:
        parts += [*consequences(plan, paint), "", *([begun] if begun else _what_next(plan, path))]
    return "\n".join(parts)


def _head(plan: Plan, paint: Paint, begun: str | None) -> list[str]:
    sheet = f"{Path(plan.sheet.path).name}, {count(plan.sheet.rows, 'row')}"
    mode = say("as it was planned; how far it is stands below") if begun else say("dry run: nothing has been sent")
    labels = say("sheet"), say("live")
    wide = max(cells(label) for label in labels) + 2
    read = say("read {moment} through API {version}", moment=moment(plan.made_at), version=plan.shop.api_version)
    return [
        *titled(_title(plan), mode, paint),
        *_wrapped(f"{padded(labels[0], wide)}{plain(sheet)}, {origin(plan)}", 2, hang=wide),
        *_wrapped(f"{padded(labels[1], wide)}{read}", 2, hang=wide),
    ]


def _title(plan: Plan) -> str:
    if plan.undoes:
        return say("Undo for {shop}", shop=plan.shop.domain)
    return say("Plan for {shop}", shop=plan.shop.domain)


def origin(plan: Plan) -> str:
    """Where the sheet of a plan comes from."""
    if plan.undoes:
        return say("to take back what {plan} applied", plan=told(called(plan.undoes, plan.undoes_name)))
    if plan.sheet.base:
        return say("edited from the export of {moment}", moment=moment(plan.sheet.base_made_at))
    return say("not from an export of ours, so compared with the shop alone")


# --- changes ----------------------------------------------------------------------------------------------------------


def _groups(plan: Plan, paint: Paint, *, full: bool) -> Iterator[list[str]]:
    for action, verb in VERBS.items():
        changes = [change for change in plan.changes if change.action == action]
        if not changes:
            continue
        final = say("! cannot be undone")
        undone = "" if all(change.reversible for change in changes) else f", {paint.red(final)}"
        lines = [f"{paint.bold(verb.title)}{colon()} {numbered(len(changes))}{undone}"]
        shown = changes if full else changes[:SHOWN]
        for change in shown:
            lines += _change(change, paint)
        if len(changes) > len(shown):
            lines.append(_more(len(changes) - len(shown)))
        yield lines


def _more(number: int) -> str:
    return f"  {plural('... {count} more (--full shows all)', '... {count} more (--full shows all)', number)}"


def _more_reasons(number: int) -> str:
    told = plural("... {count} more reason (--full shows all)", "... {count} more reasons (--full shows all)", number)
    return f"  {told}"


def row_of(number: int) -> str:
    """`row 12`: as the spreadsheet numbers it."""
    return say("row {number}", number=number)


def _change(change: Change, paint: Paint) -> list[str]:
    name, row = padded(plain(change.name), _NAME), row_of(change.row)
    head = f"  {name} {paint.soft(row)}"
    taken = cells(f"  {name} {row}")
    told_of = [*_fields(change), *(f"! {plain(told(warning))}" for warning in change.warnings)]
    lines = [head]
    if width() >= _NARROW:
        gap = max(1, _hang() - taken)
        lines = _body(told_of.pop(0), taken + gap)
        lines[0] = f"{head}{' ' * gap}{lines[0].lstrip()}"
    for text in told_of:
        lines += [paint.amber(line) if text.startswith("!") else line for line in _body(text)]
    return lines


def _fields(change: Change) -> list[str]:
    """Changed fields only, before -> after; what an action adds stands together on one line."""
    fields = []
    for key, before in change.before.items():
        name = "" if key == "Status" else f"{plain(values.label(change, key))}{colon()} "
        was, becomes = _apart(*(values.value(change, key, each) for each in (before, change.after.get(key))))
        fields.append(f"{name}{was} -> {becomes}")
    extra = ", ".join(plain(each) for each in values.added(change))
    return [*fields, *([extra] if extra else [])]


def _apart(was: str, becomes: str) -> tuple[str, str]:
    """Two values as far as a screen goes; where they begin alike for long, from shortly before they differ."""
    shorter = min(len(was), len(becomes))
    alike = next((at for at in range(shorter) if was[at] != becomes[at]), shorter)
    if max(len(was), len(becomes)) <= _LONGEST or alike < _LONGEST // 2:
        return _short(was), _short(becomes)
    begin = _whole(was, alike - _LONGEST // 4)
    return _short(was[begin:], "..."), _short(becomes[begin:], "...")


def _short(value: str, before: str = "") -> str:
    """A value as far as a screen goes, and never a letter without its accents."""
    text = bare(value)
    if len(before + text) <= _LONGEST:
        return f"{before}{isolated(text)}"
    return f"{before}{isolated(text[: _whole(text, _LONGEST - 3 - len(before))])}..."


def _whole(text: str, at: int) -> int:
    """The place of a letter at or before a place, not one of an accent that stands on it."""
    while 0 < at < len(text) and cells(text[at]) == 0:
        at -= 1
    return at


def _cell(value: object) -> str:
    """A cell of the sheet or the shop: never a word of ours."""
    return say("(empty)") if value in (None, "") else _short(str(value))


def _hang() -> int:
    """Where the fields of a change begin: behind its name and its row, with room for two figures."""
    return 2 + _NAME + 1 + cells(row_of(10)) + 1 if width() >= _NARROW else _NARROW_HANG


def _body(text: str, begins: int | None = None) -> list[str]:
    hang = _hang()
    indent = " " * (hang + 2 * text.startswith("! "))
    return wrap(text, initial_indent=" " * (hang if begins is None else begins), subsequent_indent=indent) or [indent]


# --- left alone -------------------------------------------------------------------------------------------------------


def _left_alone(plan: Plan, paint: Paint, *, full: bool) -> list[str]:
    rows = plan.rows["blocked"] + plan.rows["conflict"]
    need = plural("{count} row needs you", "{count} rows need you", rows)
    lines = [f"{paint.bold(say('Left alone'))}{colon()} {need}"]
    if plan.undoes:
        lines = [f"{paint.bold(say('Cannot be taken back'))}{colon()} {numbered(len(plan.blocked))}"]
        return [*lines, *_not_taken_back(plan, full=full)]
    found = [*(_blocked(b) for b in plan.blocked), *(_conflict(c) for c in plan.conflicts)]
    shown = found if full else found[:SHOWN]
    for sign, name, row, what, fix in shown:
        lines += _wrapped(f"{sign} {plain(name)} {row_of(row)}{colon()} {what}", 2, hang=2)
        lines += _fix(fix)
    if len(found) > len(shown):
        lines.append(_more_reasons(len(found) - len(shown)))
    return lines


def _fix(fix: str) -> list[str]:
    label = say("Fix:")
    return _wrapped(f"{label} {fix}", 4, hang=cells(label) + 1)


def _not_taken_back(plan: Plan, *, full: bool) -> list[str]:
    """Why, each reason once with all its orders: what stops one undo often stops many in the same way."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for blocked in plan.blocked:
        place = f"{blocked.name} {row_of(blocked.row)}", values.asked(blocked.action)
        groups.setdefault((blocked.reason, blocked.fix), []).append(place)
    found = list(groups.items())
    shown = found if full else found[:SHOWN]
    lines: list[str] = []
    for (reason, fix), of_reason in shown:
        lines += _wrapped(f"✗ {_places(of_reason, full=full)}{colon()} {plain(told(reason))}", 2, hang=2)
        lines += _fix(plain(told(fix)))
    if len(found) > len(shown):
        lines.append(_more(len(found) - len(shown)))
    return lines


def _back(plan: Plan, paint: Paint, *, full: bool) -> list[str]:
    """What needs no taking back, by how that came."""
    lines = [f"{paint.bold(say('Undone already'))}{colon()} {numbered(len(plan.back))}"]
    groups: dict[str, list[tuple[str, str]]] = {}
    for back in plan.back:
        groups.setdefault(back.how, []).append((f"{back.name} {row_of(back.row)}", values.asked(back.action)))
    for how, of_reason in groups.items():
        lines += _wrapped(f"= {_places(of_reason, full=full)}{colon()} {plain(told(how))}", 2, hang=2)
    return lines


def _places(found: list[tuple[str, str]], *, full: bool) -> str:
    """`#1001 row 2 unfulfill, #1002 row 3 hold and 5 more`."""
    named = [plain(" ".join(filter(None, each))) for each in found]
    if full or len(named) <= SHOWN:
        return ", ".join(named)
    return and_more(named[:SHOWN], len(named) - SHOWN)


def and_more(named: Sequence[str], number: int) -> str:
    """`#1001, #1002 and 5 more`."""
    several = ", ".join(named)
    return plural("{several} and {count} more", "{several} and {count} more", number, several=several)


def _blocked(blocked: Blocked) -> tuple[str, str, int, str, str]:
    action = f"{values.asked(blocked.action)}. " if blocked.action else ""
    name = blocked.name or (blocked.order or "?").rsplit("/", 1)[-1]
    return "✗", name, blocked.row, f"{action}{plain(told(blocked.reason))}", plain(told(blocked.fix))


def _conflict(conflict: Conflict) -> tuple[str, str, int, str, str]:
    cells = {"column": conflict.column, "live": _cell(conflict.live), "sheet": _cell(conflict.sheet)}
    if conflict.base is None:
        what = say("{column} is {live} in the shop, {sheet} in the sheet.", **cells)
        fix = say("Nobody knows which is newer: export and edit that sheet, or take this one's values with --two-way.")
    else:
        what = say(
            "{column} was changed on both sides. At export {base}, in your sheet {sheet}, in the shop now {live}.",
            base=_cell(conflict.base),
            **cells,
        )
        fix = say("Export again, or choose with --on-conflict sheet (yours) or --on-conflict live (the shop's).")
    return "~", conflict.name, conflict.row, what, fix


# --- what it comes to -------------------------------------------------------------------------------------------------


def summary(plan: Plan) -> str:
    """One line: changes by action, and where every other row went."""
    rows = plan.rows
    alone = rows["blocked"] + rows["conflict"]
    others = [
        plural("{count} row left alone", "{count} rows left alone", alone) if alone else "",
        plural("{count} unchanged", "{count} unchanged", rows["unchanged"]),
        plural("{count} ignored", "{count} ignored", rows["ignored"]) if rows["ignored"] else "",
    ]
    rest = ", ".join(filter(None, others))
    if not plan.changes:
        return say("No changes: {rest}.", rest=rest)
    counts: Mapping[str, int] = plan.counts()
    asked = ", ".join(verb.to(counts[action]) for action, verb in VERBS.items() if counts.get(action))
    changes, changed = count(len(plan.changes), "change"), count(rows["changed"], "row")
    return say("{changes} in {rows}: {asked}. {rest}.", changes=changes, rows=changed, asked=asked, rest=rest)


def consequences(plan: Plan, paint: Paint) -> list[str]:
    """Money, e-mails, stock, what is for good, and how long it takes at the shop's rate limit."""
    parts = [*costs(plan)]
    final = len(plan.irreversible)
    if final:
        parts.append(plural("{count} cannot be undone", "{count} cannot be undone", final))
    if plan.shop.restore_rate > 0:
        rate = decimal(f"{plan.shop.restore_rate:g}")
        lasts = duration(plan.seconds)
        parts.append(say("{duration} at this shop's rate limit ({rate} points/s)", duration=lasts, rate=rate))
    parts.append(count(plan.points, "point"))
    lines = _wrapped(say("Consequences: {consequences}.", consequences=", ".join(parts)), 0)
    final_words = plural("{count} cannot be undone", "{count} cannot be undone", final)
    return [line.replace(final_words, paint.red(final_words)) for line in lines] if final else lines


def costs(plan: Plan) -> list[str]:
    """What the plan does to money, to customers and to stock, each in a few words."""
    refunds, methods, fees, stock = plan.refunds(), plan.refund_methods(), plan.fees(), plan.restocked()
    how = f" ({clauses(f'{plain(method(name))} {amount(money)}' for name, money in methods)})" if methods else ""
    units = sum(stock.values())
    where = ", ".join(f"{plain(_place(place))} {numbered(number)}" for place, number in stock.items() if number)
    own = plan.presentment_refunds()
    parts = [
        f"{say('refunds {amounts}', amounts=amounts(refunds))}{how}" if refunds else say("no refunds"),
        say("customers get {amounts}", amounts=amounts(own)) if own != refunds else "",
        say("payment fees of {amounts} are not given back", amounts=amounts(fees)) if fees else "",
        count(plan.emails, "e-mail to a customer", "e-mails to customers") if plan.emails else say("no e-mails"),
        plural("{count} unit back to stock ({where})", "{count} units back to stock ({where})", units, where=where)
        if units
        else "",
        plural(
            "{count} order leaves your reports for good", "{count} orders leave your reports for good", plan.deletions
        )
        if plan.deletions
        else "",
    ]
    return [part for part in parts if part]


_OUR_METHODS = frozenset({"store credit", "where it was paid from", "to where it was paid from"})


def method(name: str) -> str:
    """A way in which money goes back: a gateway by its own name, the others in our words."""
    return told(name) if name in _OUR_METHODS else values.gateway(name)


def _place(name: str) -> str:
    return told(name) if name == "a location that was not read" else name


def _what_next(plan: Plan, path: Path) -> list[str]:
    """The command that does it; none for a plan that would be refused."""
    if not plan.over:
        return to_type(say("To do exactly this:"), next_command(plan, path))
    reasons = [line for reason in plan.over for line in _wrapped(f"✗ {_sentence(told(reason))}", 2, 2)]
    limits = count(len(plan.over), "limit")
    return [*wrap(say("Not to be applied as it is: over {limits}.", limits=limits)), *reasons]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def next_command(plan: Plan, path: Path) -> str:
    """What to type to apply the plan."""
    confirm = f" --confirm {plan.shop.handle}" if plan.irreversible else ""
    return f"bulk-orders apply {quoted(path)}{confirm}"


def _rows(rows: tuple[int, ...]) -> str:
    if not rows:
        return ""
    shown = ", ".join(str(row) for row in rows[:5]) + (", ..." if len(rows) > 5 else "")
    return f" ({plural('row {rows}', 'rows {rows}', len(rows), rows=shown)})"


def _wrapped(text: str, indent: int, hang: int = 0) -> list[str]:
    hanging = " " * (indent + hang)
    return wrap(text, initial_indent=" " * indent, subsequent_indent=hanging, break_on_hyphens=False)
