"""Which type of the schema a record is.

Its one rule: a class has the name of its type, unless this table says otherwise.
"""

from typing import Any, Final

from bulk_orders.devstore.model.order import Dispute, ReturnLineItem
from bulk_orders.devstore.model.shop import Address

_NAMES: Final[dict[type, str]] = {Address: "MailingAddress", Dispute: "OrderDisputeSummary"}


def type_name(record: Any) -> str:
    """The type's name."""
    if isinstance(record, ReturnLineItem):
        return "ReturnLineItem" if record.fulfillment_line_item else "UnverifiedReturnLineItem"
    return _NAMES.get(type(record)) or type(record).__name__
