"""Why a rule took an order, or why none did, condition by condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bulk_orders.views.paint import Paint
from bulk_orders.views.words import plain

if TYPE_CHECKING:
    from bulk_orders.core.judging import Explanation, Verdict

_SIGNS = {True: "✓", False: "✗", None: "?"}
_VERDICTS = {
    "do": "which runs by itself (unless a limit or protection keeps it)",
    "wait": "which waits for a person, by the policy's [actions]",
    "report": "which is only told, by the policy's [actions]",
}


def explanation_text(told: Explanation, paint: Paint) -> str:
    """The answer first, then every rule."""
    lines = [paint.bold(f"{plain(told.name)}: {answer(told)}")]
    for each in told.rules:
        taken = each.rule is told.taken_by
        lines += ["", f"  {_SIGNS[each.takes]} rule {plain(each.rule.name)} ({each.rule.do})"]
        if each.takes and not taken:
            lines.append("    fits too, but the first rule that fits takes the order")
        lines += [f"    {_line(verdict)}" for verdict in each.verdicts]
    lines += [f"Note: {plain(notice)}" for notice in told.notices]
    return "\n".join(lines)


def answer(told: Explanation) -> str:
    """Who takes the order, in a sentence."""
    if told.named_by_sheet:
        return "the night's sheet names it, so no rule takes it."
    if told.taken_by is None:
        return "no rule takes it."
    return f"rule {plain(told.taken_by.name)} takes it, to {told.taken_by.do}; {_VERDICTS[told.verdict]}."


def _line(verdict: Verdict) -> str:
    found = f"  (it is: {plain(verdict.found)})" if verdict.found else ""
    told = "" if verdict.holds is not None else "  cannot be told, so the rule does not fit"
    return f"{_SIGNS[verdict.holds]} {plain(verdict.says)}{found}{told}"


def explanation_json(told: Explanation) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "order": f"gid://shopify/Order/{told.order}",
        "name": told.name,
        "at": told.at.isoformat(),
        "taken_by": told.taken_by.name if told.taken_by else None,
        "do": told.taken_by.do if told.taken_by else None,
        "policy": told.verdict or None,
        "named_by_sheet": told.named_by_sheet,
        "rules": [
            {
                "rule": each.rule.name,
                "do": each.rule.do,
                "fits": each.takes,
                "conditions": [{"says": v.says, "found": v.found, "holds": v.holds} for v in each.verdicts],
            }
            for each in told.rules
        ],
        "notices": list(told.notices),
    }
