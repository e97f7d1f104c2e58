"""Troubles by name, and a script of them: which request, the how-manieth time, before or after it is executed.

Its one rule: a trouble is what networks and Shopify were seen to do, never what a client would like; each that strikes
is counted by its name, so that a suite can show that none was only talked of.
"""

import gzip
import json
import random
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bulk_orders.devstore.faults import Call, ConnectionDropped, Faults, Reply, Wait

Before = Callable[[Any, Call], Reply | Wait | None]
After = Callable[[Any, Call, Reply], Reply]

FOREVER: Final = 86_400.0  # seconds: longer than anybody waits for a socket


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong: instead of the execution (`before`), or with the answer of what was executed (`after`)."""

    name: str
    before: Before | None = None
    after: After | None = None


@dataclass(slots=True)
class Rule:
    """When a trouble strikes. All that is given must hold.

    `kinds` and `roots` are those of the Call; `at` are ordinals of the matching requests, counted from 1; `share` is
    how many of them are struck by chance; `most` is when it ends; `about` must stand in the request's body.
    """

    trouble: str
    kinds: Collection[str] = ("mutation",)
    roots: Collection[str] = ()
    at: Collection[int] = ()
    share: float = 1.0
    most: int | None = None
    about: str = ""
    matched: int = 0
    struck: int = 0


watcher: Callable[[str], None] | None = None
"""Whoever wants to know of every trouble that strikes, in any store of this process."""


class Script(Faults):
    """The default hooks, with rules. The same seed strikes the same requests."""

    def __init__(self, *rules: Rule, seed: int = 1) -> None:
        self.rules = list(rules)
        self.struck: Counter[str] = Counter()
        self._chance = random.Random(seed)  # noqa: S311 - a reproducible trouble
        self._pending: dict[int, Trouble] = {}

    def before(self, store: Any, call: Call) -> Reply | Wait | None:
        """The first rule that strikes decides."""
        for rule in self.rules:
            if not self._strikes(rule, call):
                continue
            trouble = TROUBLES[rule.trouble]
            rule.struck += 1
            self.struck[trouble.name] += 1
            if watcher is not None:
                watcher(trouble.name)
            if trouble.after is not None:
                self._pending[call.ordinal] = trouble
            return trouble.before(store, call) if trouble.before is not None else None
        return None

    def after(self, store: Any, call: Call, reply: Reply) -> Reply:
        """What the rule that struck does to the answer."""
        trouble = self._pending.pop(call.ordinal, None)
        return trouble.after(store, call, reply) if trouble is not None and trouble.after is not None else reply

    def _strikes(self, rule: Rule, call: Call) -> bool:
        if call.kind not in rule.kinds or (rule.roots and not set(rule.roots) & set(call.roots)):
            return False
        if rule.about and rule.about not in call.body:
            return False
        rule.matched += 1
        if rule.at and rule.matched not in rule.at:
            return False
        if rule.most is not None and rule.struck >= rule.most:
            return False
        return rule.share >= 1.0 or self._chance.random() < rule.share


# -- what stands in an answer ----------------------------------------------------------------------


def _json(value: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, {"Content-Type": "application/json"} | headers, json.dumps(value).encode())


def _error(message: str, code: str | None, **more: Any) -> dict[str, Any]:
    return {"message": message, **({"extensions": {"code": code}} if code else {}), **more}


def _said(reply: Reply) -> dict[str, Any]:
    """What an answer says in JSON; nothing where Shopify itself gave up answering."""
    try:
        found = json.loads(reply.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _instead(name: str, reply: Reply) -> Trouble:
    return Trouble(name, before=lambda _store, _call: reply)


def _lost(_store: Any, _call: Call, _reply: Reply) -> Reply:
    raise ConnectionDropped


def _drop(_store: Any, _call: Call) -> Reply | Wait | None:
    raise ConnectionDropped


def _nulled(_store: Any, call: Call, reply: Reply) -> Reply:
    """An error in a field inside the payload nulls all of it, although the mutation happened (shopify-api.md 8)."""
    root = call.roots[0] if call.roots else ""
    error = _error("Internal error in a field", None, path=[root, "order", "name"])
    return replace(reply, body=json.dumps(_said(reply) | {"data": {root: None}, "errors": [error]}).encode())


def _with(reply: Reply, *errors: dict[str, Any]) -> Reply:
    return replace(reply, body=json.dumps(_said(reply) | {"errors": list(errors)}).encode())


def _broken_gzip(_store: Any, _call: Call, reply: Reply) -> Reply:
    body = gzip.compress(reply.body)[:-9] + b"broken!!!"
    return replace(reply, headers=reply.headers | {"Content-Encoding": "gzip"}, body=body)


def _figures(**figures: Any) -> After:
    def change(_store: Any, _call: Call, reply: Reply) -> Reply:
        said = _said(reply)
        status = said.get("extensions", {}).get("cost", {}).get("throttleStatus")
        if status is None:
            return reply
        for name, figure in figures.items():
            status[name] = figure(status[name]) if callable(figure) else figure
        return replace(reply, body=json.dumps(said).encode())

    return change


def _node(_reply: Reply, change: Callable[[dict[str, Any]], None]) -> Reply:
    """Changes every bulk operation that an answer tells of."""
    said = _said(_reply)
    for value in (said.get("data") or {}).values():
        if isinstance(value, dict) and "objectCount" in value:
            change(value)
    return replace(_reply, body=json.dumps(said).encode())


def _stated(**fields: Any) -> After:
    def change(node: dict[str, Any]) -> None:
        if node.get("status") == "COMPLETED":
            node.update({name: value(node.get(name)) if callable(value) else value for name, value in fields.items()})

    return lambda _store, _call, reply: _node(reply, change)


def _orders(change: Callable[[dict[str, Any]], None]) -> After:
    """Changes every order that `nodes` answers with."""

    def changed(_store: Any, _call: Call, reply: Reply) -> Reply:
        said = _said(reply)
        for node in (said.get("data") or {}).get("nodes") or ():
            if node and node.get("__typename") == "Order":
                change(node)
        return replace(reply, body=json.dumps(said).encode())

    return changed


def _plus(number: int) -> Callable[[Any], str]:
    return lambda stated: str(int(stated or 0) + number)


# -- what happens to a file ------------------------------------------------------------------------


def _cut(share: float) -> After:
    return lambda _store, _call, reply: replace(reply, cut=int(len(reply.body) * share)) if reply.body else reply


def _short(_store: Any, _call: Call, reply: Reply) -> Reply:
    """Ends too early and does not say so: there is no length."""
    return replace(reply, headers=reply.headers | {"Transfer-Encoding": "chunked"}, body=reply.body[:-37])


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> After:
    return lambda _store, _call, reply: replace(reply, body=b"".join(change(reply.body.splitlines(keepends=True))))


def _same_size(change: Callable[[list[bytes]], list[bytes]]) -> After:
    """The stated size, and yet another content."""

    def changed(_store: Any, _call: Call, reply: Reply) -> Reply:
        body = b"".join(change(reply.body.splitlines(keepends=True)))
        size = len(reply.body)
        return replace(reply, body=(body + b"\n" * size)[:size])

    return changed


def _whole(_store: Any, call: Call, reply: Reply) -> Reply:
    """Ignores the range, as some proxies do."""
    if reply.status != 206:
        return reply
    name = call.path.rsplit("/", 1)[-1]
    headers = {name: value for name, value in reply.headers.items() if name != "Content-Range"}
    return replace(reply, status=200, headers=headers, body=_store.bulk.file(name) or b"")


def _other_file(_store: Any, _call: Call, reply: Reply) -> Reply:
    """The rest of another file under the same address."""
    if reply.status != 206:
        return reply
    return replace(reply, headers=reply.headers | {"ETag": '"another"'}, body=b"#" * len(reply.body))


TROUBLES: Final[dict[str, Trouble]] = {
    trouble.name: trouble
    for trouble in (
        # the wire
        Trouble("answer lost", after=_lost),
        Trouble("connection lost before", before=_drop),
        Trouble("hangs before", before=lambda _store, _call: Wait(FOREVER)),
        Trouble("hangs after", after=lambda _store, _call, reply: replace(reply, delay=FOREVER)),
        Trouble("drips", after=lambda _store, _call, reply: replace(reply, drip=1.0)),
        # HTTP
        *(_instead(str(status), _json({"errors": "no"}, status))
          for status in (400, 401, 402, 403, 404, 405, 408, 413, 423, 430, 500, 502, 503, 504)),
        *(Trouble(f"{status} after", after=lambda _store, _call, _reply, status=status: _json({}, status))  # type: ignore[misc]
          for status in (408, 500, 502, 503, 504)),
        _instead("redirect", Reply(302, {"Location": "https://evil.example.com/"}, b"<html>")),
        *(_instead(f"429 {after}", _json({"errors": "too many"}, 429, **{"Retry-After": after}))
          for after in ("0", "1", "3600", "-5", "soon", "1e999", "nan", "")),
        Trouble("429 date", before=lambda store, _call: _json(
            {}, 429, **{"Retry-After": _http_date(store.clock() + 2)})),
        _instead("429", _json({"errors": "too many"}, 429)),
        # errors in a 200
        _instead("throttled", _json({"errors": [_error("Throttled", "THROTTLED")]})),
        _instead("internal error", _json({"errors": [_error("Internal error", "INTERNAL_SERVER_ERROR")]})),
        Trouble("internal error after", after=lambda _s, _c, _r: _json(
            {"errors": [_error("Internal error", "INTERNAL_SERVER_ERROR")]})),
        _instead("access denied", _json({"errors": [_error("Access denied", "ACCESS_DENIED")]})),
        Trouble("errors beside data", after=lambda _s, call, reply: _with(
            reply, _error("Access denied for heldByApp", "ACCESS_DENIED", path=[*call.roots, "x", "heldByApp"]))),
        Trouble("throttled beside data", after=lambda _s, _c, reply: _with(reply, _error("Throttled", "THROTTLED"))),
        Trouble("payload nulled after", after=_nulled),
        Trouble("html", before=lambda _s, _c: Reply(200, {"Content-Type": "text/html"}, b"<html>busy</html>")),
        Trouble("html after", after=lambda _s, _c, _r: Reply(200, {"Content-Type": "text/html"}, b"<html>busy</html>")),
        Trouble("json cut after", after=lambda _s, _c, reply: replace(reply, body=reply.body[: len(reply.body) // 2])),
        _instead("empty", Reply(200)),
        Trouble("empty after", after=lambda _s, _c, reply: replace(reply, body=b"")),
        _instead("null data", _json({"data": None})),
        Trouble("null data after", after=lambda _s, _c, _r: _json({"data": None})),
        Trouble("a list after", after=lambda _s, _c, _r: _json([1, 2])),
        Trouble("broken gzip after", after=_broken_gzip),
        # figures of the bucket
        Trouble("figures 20 % high", after=_figures(currentlyAvailable=lambda now: int(now * 1.2) + 1)),
        Trouble("figures 20 % low", after=_figures(currentlyAvailable=lambda now: int(now * 0.8))),
        Trouble("figures absurd", after=_figures(restoreRate=0, currentlyAvailable=-5)),
        Trouble("figures no numbers", after=_figures(restoreRate="many", currentlyAvailable=None)),
        # orders
        Trouble("unknown enum", after=_orders(lambda node: node.update(returnStatus="RETURN_TELEPORTED"))),
        Trouble("null where none may be", after=_orders(lambda node: node.update(netPaymentSet=None))),
        # bulk operations
        Trouble("more objects stated", after=_stated(objectCount=_plus(1))),
        Trouble("fewer roots stated", after=_stated(rootObjectCount=_plus(-1))),
        Trouble("another size stated", after=_stated(fileSize=_plus(5))),
        Trouble("counts no numbers", after=_stated(objectCount="many")),
        Trouble("no address", after=_stated(url=None)),
        Trouble("a foreign address", after=_stated(url="https://evil.example.com/orders.jsonl")),
        Trouble("an address that is none", after=_stated(url="http://[broken")),
        # result files
        Trouble("cut at 0", after=_cut(0.0)),
        Trouble("cut at 1 %", after=_cut(0.01)),
        Trouble("cut at 50 %", after=_cut(0.5)),
        Trouble("cut at 99.9 %", after=_cut(0.999)),
        Trouble("ends early without a length", after=_short),
        Trouble("range ignored", after=_whole),
        Trouble("another file", after=_other_file),
        _instead("address expired", Reply(400, {"Content-Type": "application/xml"}, b"<Error>ExpiredToken</Error>")),
        Trouble("a line twice", after=_lines(lambda lines: [*lines, *lines[-1:]])),
        Trouble("a line twice, one missing", after=_same_size(lambda lines: [*lines[:-2], lines[0], *lines[-1:]])),
        Trouble("cut inside a line", after=_same_size(lambda lines: [*lines[:-1], lines[-1][:-20]])),
        Trouble("a line missing", after=_same_size(lambda lines: lines[:-1])),
        Trouble("no text", after=_same_size(lambda lines: [b"\xff\xfe\x80", *lines])),
    )
}  # fmt: skip


def _http_date(epoch: float) -> str:
    import email.utils

    return email.utils.formatdate(epoch, usegmt=True)


@dataclass(slots=True)
class Deeds(Faults):
    """Other people at work at chosen requests: `deeds` by ordinal of a kind, before it is executed."""

    deeds: dict[int, Callable[[Any], None]]
    kind: str = "mutation"
    inner: Faults = field(default_factory=Faults)
    done: int = 0

    def before(self, store: Any, call: Call) -> Reply | Wait | None:
        """Somebody is quicker."""
        deed = self.deeds.get(call.kind_ordinal) if call.kind == self.kind else None
        if deed is not None:
            self.done += 1
            deed(store)
        return self.inner.before(store, call)

    def after(self, store: Any, call: Call, reply: Reply) -> Reply:
        """Nothing of its own."""
        return self.inner.after(store, call, reply)
