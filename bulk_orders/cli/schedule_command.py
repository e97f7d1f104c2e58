"""`bulk-orders schedule KIND [-- COMMAND]`: ready files that run a command every night."""

from __future__ import annotations

import difflib
import importlib
import re
import shutil
import sys
from pathlib import Path

import click

from bulk_orders import __version__
from bulk_orders.cli.options import Here, common
from bulk_orders.errors import Misused
from bulk_orders.language import say

_NIGHTLY = ("reconcile", "overview", "export", "apply", "undo", "verify", "doctor", "purge")
"""Commands that make sense with nobody there."""
_OWN_PLACES = {
    "systemd": "the service has its own, below /var/lib",
    "kubernetes": "the container works on its volume, at /state",
}
"""Where the machine is told by the scheduler."""
_DEFAULT = ("reconcile", "--policy", "policy.toml")


def _time(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, int]:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value.strip())
    if found is None:
        raise click.BadParameter(say("write it as 02:30"), ctx, param)
    return int(found[1]), int(found[2])


@click.command("schedule", context_settings={"ignore_unknown_options": False})
@click.argument("kind", type=click.Choice(["systemd", "cron", "kubernetes", "github"]))
@click.argument("words", nargs=-1, metavar="[-- COMMAND ...]", type=click.UNPROCESSED)
@click.option(
    "--at",
    "moment",
    callback=_time,
    default="02:30",
    show_default=True,
    metavar="TIME",
    help="When, on that machine's clock.",
)
@click.option("--folder", default=None, metavar="FOLDER", help="Where it works and keeps its state, on that machine.")
@click.option(
    "--image",
    default=f"bulk-orders:{__version__}",
    show_default=True,
    metavar="IMAGE",
    help="Kubernetes: the container image.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FOLDER", help="Write the files there.")
@common(shop=True)
def command(
    here: Here,
    kind: str,
    words: tuple[str, ...],
    moment: tuple[int, int],
    folder: str | None,
    image: str,
    output: Path | None,
) -> int:
    """Print ready files that run COMMAND every night: a systemd timer, a crontab line, a CronJob or a workflow.

    COMMAND is any command of bulk-orders that needs nobody, with its options; without one, the night by a policy that
    lies in its folder: reconcile --policy policy.toml. The files hold no secret: the token stays in a file of its own.
    Nothing is installed.
    """
    from bulk_orders.core.schedule import TOKEN, Night
    from bulk_orders.views.schedule_files import KINDS, schedule_text

    wanted = words or _DEFAULT
    speaks = _checked(wanted)
    shop = str(here.settings.required_shop())
    handle = shop.removesuffix(".myshopify.com").rpartition("/")[2].replace(":", "-")
    if folder and kind in _OWN_PLACES:
        raise Misused(f"--folder is not for {kind}.", fix=f"Leave it out: {_OWN_PLACES[kind]}.")
    place = folder or str((Path.home() / "bulk-orders" if kind == "cron" else Path("/var/lib/bulk-orders")) / handle)
    if not place.startswith("/") or not place.isprintable():
        raise Misused(f"--folder {place} is no absolute path.", fix="Write it from the root: /srv/bulk-orders")
    program = shutil.which("bulk-orders") or str(Path(sys.executable).with_name("bulk-orders"))
    token_file = f"/etc/bulk-orders/{handle}.token" if kind == "systemd" else f"{place}/{TOKEN}"
    night = Night(shop, program, wanted, place.rstrip("/"), token_file if speaks else None, *moment, image)
    files = KINDS[kind](night)
    if output is not None:
        _write(output, dict(files.texts))
    if here.console.json:
        document = {"files": dict(files.texts), "steps": list(files.steps), "warnings": list(files.warnings)}
        here.console.document(document)
        return 0
    here.console.result(schedule_text(files))
    for warning in files.warnings:
        here.console.say(f"{say('Warning:')} {warning}")
    for number, step in enumerate(files.steps, 1):
        here.console.say(f"{number}. {step}")
    return 0


def _checked(words: tuple[str, ...]) -> bool:
    """Refuse tonight what would fail every night; whether the command speaks to the shop."""
    name, *arguments = words
    if name not in _NIGHTLY:
        near = difflib.get_close_matches(name, _NIGHTLY, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"One of {', '.join(_NIGHTLY)}."
        raise Misused(f"{name!r} is no command that runs by night.", fix=hint)
    found: click.Command = importlib.import_module(f"bulk_orders.cli.{name}_command").command
    with found.make_context(name, list(arguments)) as context:
        given = context.params
    if name == "apply" and not (given.get("yes") or given.get("confirm")):
        raise Misused(
            "At night nobody answers: apply would stop at its question.", fix="Add --yes, or --confirm HANDLE."
        )
    if name == "reconcile" and not (given.get("policy_file") or given.get("all_shops")):
        raise Misused("Missing option '--policy'.", fix="Name the policy file: --policy policy.toml")
    if name == "reconcile" and given.get("explain"):
        raise Misused("--explain is for a person who asks.", fix="Leave it out.")
    if given.get("token_file") or given.get("shop_name"):
        raise Misused(
            "The schedule names the shop and the token itself.", fix="Leave --shop and --token-file out there."
        )
    # several shops say themselves where their tokens stand
    return not given.get("all_shops") and any(parameter.name == "token_file" for parameter in found.params)


def _write(folder: Path, texts: dict[str, str]) -> None:
    from bulk_orders.storage.atomic import make_folder, write_text

    there = [name for name in texts if (folder / name).exists()]
    if there:
        raise Misused(f"{folder / there[0]} is there already.", fix="Name another folder with -o.")
    for name, text in texts.items():
        write_text(make_folder(folder) / name, text)
