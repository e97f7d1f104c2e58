"""A plan whose texts would like to be more than text: what the tests of its pages look at."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from builders import SHEET, SHOP, edits, fulfillment, known_edits, order, paid

from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.guard import Guard, Limits
from bulk_orders.core.order import Order
from bulk_orders.core.plan import LiveOrders, Plan, build_plan
from bulk_orders.core.preferences import Preferences

HOSTILE = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\"'{{7*7}} \u202e\x1b[31m"
DIGEST = f"sha256:{'5f3a9c02' * 8}"


def hostile_plan(cancellations: int = 30) -> Plan:
    """A plan of every kind of row, with texts that would like to be more than text."""
    asked: list[tuple[OrderEdits, Order]] = [
        (known_edits({"Note": HOSTILE}, Note=f"{HOSTILE} edited"), order(note=HOSTILE)),
        (known_edits({"Note": "a"}, Note=HOSTILE), order(note=f"theirs {HOSTILE}")),
        (edits(Action="unfulfill"), order(fulfillments=(fulfillment(1, display_status="IN_TRANSIT", name=HOSTILE),))),
        (edits(Action="cancel", Cancel__Refund="TRUE"), order(**paid(), fulfillments=(fulfillment(1, name=HOSTILE),))),
        (edits(Tags=HOSTILE.replace(",", ""), Tags_Command="MERGE"), order()),
        (edits(Action="archive", Tags="vip", Tags_Command="MERGE"), order()),
    ]
    cancel = edits(Action="cancel", Cancel__Refund="TRUE", Cancel__Staff_Note=HOSTILE)
    asked += [(cancel, order(**paid(f"{84 + at}.00"))) for at in range(cancellations)]
    found, live = [], {}
    for number, (cells, wanted) in enumerate(asked, 1):
        gid, name = f"gid://shopify/Order/{number}", f"#{1000 + number}"
        live[gid] = replace(wanted, id=gid, name=name)
        found.append(OrderEdits(gid, name, tuple(replace(edit, row=number + 1) for edit in cells.edits)))
    plan = build_plan(
        found,
        LiveOrders(live, {}),
        shop=SHOP,
        sheet=replace(SHEET, rows=len(found), path=f"/sheets/{HOSTILE[:8]}.csv"),
        ignored=0,
        preferences=Preferences(allow_delivered=True),
        plan_id="7f3a-19c2",
        made_at="2026-11-22T10:00:00+00:00",
    )
    limits = Limits(irreversible=max(60, 2 * cancellations), refunds={"EUR": Decimal(10**9)}, share=100)
    return replace(plan, digest=DIGEST, guard=Guard(limits))
