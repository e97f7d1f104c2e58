"""Why a rule took an order, or why none did, condition by condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bulk_orders.core.conditions import CONDITIONS
from bulk_orders.language import colon, phrase, say, told
from bulk_orders.views.lines import painted
from bulk_orders.views.paint import Paint
from bulk_orders.views.words import plain
from bulk_orders.views.wrapping import wrap

if TYPE_CHECKING:
    from bulk_orders.core.judging import Explanation, Verdict

_SIGNS = {True: "✓", False: "✗", None: "?"}
_VERDICTS = {
    "do": phrase("rule {rule} takes it, to {do}; which runs by itself (unless a limit or protection keeps it)."),
    "wait": phrase("rule {rule} takes it, to {do}; which waits for a person, by the policy's [actions]."),
    "report": phrase("rule {rule} takes it, to {do}; which is only told, by the policy's [actions]."),
}
_OF_PEOPLE = frozenset({"tags", "all_tags", "channel", "gateway", "finding"})
"""Conditions to which an order says what people, or the policy, wrote."""


def explanation_text(asked: Explanation, paint: Paint) -> str:
    """The answer first, then every rule."""
    lines = painted(paint.bold, f"{plain(asked.name)}{colon()} {answer(asked)}")
    for each in asked.rules:
        taken = each.rule is asked.taken_by
        rule = say("rule {rule} ({do})", rule=plain(each.rule.name), do=each.rule.do)
        lines += ["", *wrap(f"{_SIGNS[each.takes]} {rule}", initial_indent="  ", subsequent_indent="    ")]
        if each.takes and not taken:
            lines += _indented(say("fits too, but the first rule that fits takes the order"))
        for verdict in each.verdicts:
            lines += _indented(_line(verdict))
    for notice in asked.notices:
        lines += wrap(f"{say('Note:')} {plain(told(notice))}", subsequent_indent="  ")
    return "\n".join(lines)


def _indented(text: str) -> list[str]:
    return wrap(text, initial_indent="    ", subsequent_indent="      ")


def answer(asked: Explanation) -> str:
    """Who takes the order, in a sentence."""
    if asked.named_by_sheet:
        return say("the night's sheet names it, so no rule takes it.")
    if asked.taken_by is None:
        return say("no rule takes it.")
    return say(_VERDICTS[asked.verdict], rule=plain(asked.taken_by.name), do=asked.taken_by.do)


def _line(verdict: Verdict) -> str:
    condition = verdict.says.removeprefix("not ")
    key = condition.partition(" ")[0]
    says = condition if key in CONDITIONS else told(condition)  # as the policy has it, or a sentence
    if condition != verdict.says:
        says = say("not {condition}", condition=says)
    shown = verdict.found if key in _OF_PEOPLE and verdict.found != "none" else told(verdict.found)
    found = f"  ({say('it is: {found}', found=plain(shown))})" if shown else ""
    untold = "" if verdict.holds is not None else f"  {say('cannot be told, so the rule does not fit')}"
    return f"{_SIGNS[verdict.holds]} {plain(says)}{found}{untold}"


def explanation_json(asked: Explanation) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "order": f"gid://shopify/Order/{asked.order}",
        "name": asked.name,
        "at": asked.at.isoformat(),
        "taken_by": asked.taken_by.name if asked.taken_by else None,
        "do": asked.taken_by.do if asked.taken_by else None,
        "policy": asked.verdict or None,
        "named_by_sheet": asked.named_by_sheet,
        "rules": [
            {
                "rule": each.rule.name,
                "do": each.rule.do,
                "fits": each.takes,
                "conditions": [{"says": v.says, "found": v.found, "holds": v.holds} for v in each.verdicts],
            }
            for each in asked.rules
        ],
        "notices": list(asked.notices),
    }
