"""Which function gives the value of which field.

Its one rule: a field without an entry is the record's attribute of the same name in snake case; tables say
the rest, either as a function of the record (getters) or of record, arguments and context (calls).
"""

import functools
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Getter = Callable[[Any], Any]
Call = Callable[[Any, dict[str, Any], Any], Any]


@functools.cache
def snake(name: str) -> str:
    """`displayName` as `display_name`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


@dataclass(frozen=True, slots=True)
class Registry:
    """All resolvers of the box."""

    getters: Mapping[str, Mapping[str, Getter]]
    calls: Mapping[str, Mapping[str, Call]]
    type_name: Callable[[Any], str]

    def call(self, type_name: str, field: str) -> Call | None:
        """The resolver of a field that needs arguments or the context."""
        return self.calls.get(type_name, {}).get(field)

    def getter(self, type_name: str, field: str) -> Getter:
        """The resolver of any other field."""
        return self.getters.get(type_name, {}).get(field) or operator.attrgetter(snake(field))
