"""Schedules as files: a systemd service and timer, a crontab line, a Kubernetes CronJob, a GitHub workflow.

Each runs one command once a night, alone, with nothing open to others and no secret in the file. What is to be done
with them is told in the language that is spoken; the files themselves are for machines, and their comments English.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping

from bulk_orders.core.schedule import TOKEN, Files, Night
from bulk_orders.language import phrase, say

_HARDENED = """\
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
PrivateDevices=yes
PrivateTmp=yes
PrivateUsers=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
LockPersonality=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
"""


def systemd(night: Night) -> Files:
    """A service that may do nothing but its work, and a timer that catches up after a machine was off."""
    words = " ".join(_unit_word(word) for word in (night.program, *night.arguments))
    if night.token_file:
        words += f" --token-file %d/{TOKEN}"
    home = "read-only" if night.program.startswith(("/home/", "/root/")) else "yes"
    token = f"LoadCredential={TOKEN}:{night.token_file}\n" if night.token_file else ""
    service = f"""\
# Runs: {_comment(night)}
[Unit]
Description=bulk-orders {night.arguments[0]} for {night.shop}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={words}
User=bulk-orders
DynamicUser=yes
StateDirectory={night.place}
StateDirectoryMode=0700
WorkingDirectory=%S/{night.place}
Environment=SHOPIFY_SHOP={night.shop}
Environment=BULK_ORDERS_HOME=%S/{night.place}/state
{token}ProtectHome={home}
{_HARDENED}"""
    timer = f"""\
[Unit]
Description=Every night: bulk-orders {night.arguments[0]} for {night.shop}

[Timer]
OnCalendar=*-*-* {night.hour:02}:{night.minute:02}:00
Persistent=yes
RandomizedDelaySec=5min

[Install]
WantedBy=timers.target
"""
    steps = (
        *_token_steps(night, "root:root"),
        *_policy_steps(night, f"/var/lib/{night.place}/", _textfile_of_a_service()),
        say("Put both files into {folder}", folder="/etc/systemd/system/"),
        _then(f"systemctl daemon-reload && systemctl enable --now {night.name}.timer"),
        say("Settings (bulk_orders.toml) and what it writes are in {folder}", folder=f"/var/lib/{night.place}/"),
        say("To try it now: {command}", command=f"systemctl start {night.name}.service && journalctl -u {night.name}"),
    )
    return Files({f"{night.name}.service": service, f"{night.name}.timer": timer}, steps, tuple(_unseen(night)))


def _then(command: str) -> str:
    return say("Then: {command}", command=command)


_HOMES = ("/home", "/root", "/run/user", "~")
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108


def _unseen(night: Night) -> Iterator[str]:
    """What the service does not see of the machine."""
    place = f"/var/lib/{night.place}"
    for path in night.under(*_TEMPORARY):
        fix = say(_INSTALL) if path == night.program else say("Put it into {folder}.", folder=place)
        hidden = say("{path} is not there for the service, which has a /tmp of its own (PrivateTmp).", path=path)
        yield f"{hidden} {fix}"
    for path in night.under(*_HOMES):
        if path == night.program:
            why = say("{path} lies in somebody's home, which the service's own user may not enter.", path=path)
            yield f"{why} {say(_INSTALL)}"
        else:
            why = say("{path} is hidden from the service, as every home is (ProtectHome).", path=path)
            yield f"{why} {say('Put it into {folder}.', folder=place)}"


_INSTALL = phrase("Install bulk-orders where all may run it, such as /opt/bulk-orders, and make the files there.")


def _swept(night: Night) -> Iterator[str]:
    """What a restart, or a broom, takes away."""
    folder = [night.folder] if night.folder.startswith(tuple(f"{each}/" for each in _TEMPORARY)) else []
    for path in dict.fromkeys((*folder, *night.under(*_TEMPORARY))):
        yield say("{path} is in a folder that is emptied when the machine starts. Put it elsewhere.", path=path)


def cron(night: Night) -> Files:
    """A line for one's own crontab; a night that finds the last one still at it exits 5."""
    command = " ".join(shlex.quote(word) for word in night.words(night.token_file or ""))
    folder, lock = shlex.quote(night.folder), shlex.quote(f"{night.folder}/{night.name}.lock")
    log = shlex.quote(f"{night.folder}/{night.name}.log")
    settings = f"SHOPIFY_SHOP={shlex.quote(night.shop)} BULK_ORDERS_HOME={shlex.quote(night.home)}"
    work = f"umask 077 && cd {folder} && {settings} flock -n -E 5 {lock} {command} >> {log} 2>&1"
    line = f"{night.minute} {night.hour} * * * {work.replace('%', chr(92) + '%')}\n"
    steps = (
        say("Make the folder: {command}", command=f"mkdir -p -m 700 {folder}"),
        *_token_steps(night, None),
        *_policy_steps(night, folder),
        say("Add the line to your crontab: {command} (what it says goes to {file})", command="crontab -e", file=log),
    )
    return Files({f"{night.name}.cron": f"# Runs: {_comment(night)}\n{line}"}, steps, tuple(_swept(night)))


def kubernetes(night: Night) -> Files:
    """A CronJob that never overlaps, with a volume for its state; the token comes from a Secret made beforehand."""
    secret = f"/run/secrets/bulk-orders/{TOKEN}"
    words = ["bulk-orders", *night.words(secret)[1:]]
    mounts = [{"name": "state", "mountPath": "/state"}, {"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108
    volumes: list[dict[str, object]] = [
        {"name": "state", "persistentVolumeClaim": {"claimName": night.place}},
        {"name": "tmp", "emptyDir": {}},
    ]
    if night.token_file:
        mounts.append({"name": "token", "mountPath": "/run/secrets/bulk-orders", "readOnly": True})  # type: ignore[dict-item]
        volumes.append({"name": "token", "secret": {"secretName": night.place, "defaultMode": 0o440}})
    text = "\n".join(
        [
            f"# Runs: {_comment(night)}",
            "---",
            _yaml(_claim(night)),
            "---",
            _yaml(_cron_job(night, words, mounts, volumes)),
            "",
        ]
    )
    make = f"kubectl create secret generic {night.place} --from-file={TOKEN}=FILE"
    secret_step = say("Make the Secret: {command} (FILE holds the token, alone)", command=make)
    begin = {"command": f"kubectl apply -f {night.name}.yaml", "image": night.image}
    steps = (
        *([secret_step] if night.token_file else []),
        *_policy_steps(night, say("the volume {name} (/state there)", name=night.place), _textfile_in_a_container()),
        say("Then: {command} (the image is yours to build: {image})", **begin),
    )
    return Files({f"{night.name}.yaml": text}, steps, tuple(_outside(night)))


def _outside(night: Night) -> Iterator[str]:
    """What is on this machine and not in the container."""
    for path in night.named_paths():
        if path != night.program and not path.startswith("/state/"):
            yield say(
                "{path} is not in the container: its volume is at /state. Put it there, and name it /state/...",
                path=path,
            )


def _claim(night: Night) -> dict[str, object]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": night.place}, "spec": spec}


def _cron_job(
    night: Night, words: list[str], mounts: list[dict[str, str]], volumes: list[dict[str, object]]
) -> dict[str, object]:
    environment = {"SHOPIFY_SHOP": night.shop, "BULK_ORDERS_HOME": "/state/state"}
    container = {
        "name": "bulk-orders",
        "image": night.image,
        "command": words,
        "workingDir": "/state",
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "volumeMounts": mounts,
        "resources": {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory": "2Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": volumes,
    }
    spec = {
        "schedule": f"{night.minute} {night.hour} * * *",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 3600,
        "successfulJobsHistoryLimit": 7,
        "failedJobsHistoryLimit": 7,
        "jobTemplate": {"spec": {"backoffLimit": 0, "template": {"spec": pod}}},
    }
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": night.name}, "spec": spec}


def github(night: Night) -> Files:
    """A workflow for a runner of one's own: journals and base snapshots have to outlive the night."""
    command = " ".join(shlex.quote(word) for word in night.words(night.token_file or ""))
    workflow = {
        "name": night.name,
        "on": {"schedule": [{"cron": f"{night.minute} {night.hour} * * *"}], "workflow_dispatch": {}},
        "permissions": {},
        "concurrency": {"group": night.name, "cancel-in-progress": False},
        "jobs": {
            "night": {
                "name": f"bulk-orders {night.arguments[0]}",
                "runs-on": ["self-hosted"],
                "timeout-minutes": 350,
                "env": {"SHOPIFY_SHOP": night.shop, "BULK_ORDERS_HOME": night.home},
                "steps": [{"name": "Run", "working-directory": night.folder, "run": f"umask 077\n{command}"}],
            }
        },
    }
    steps = (
        say("On the runner's machine: {command}", command=f"mkdir -p -m 700 {shlex.quote(night.folder)}"),
        *_token_steps(night, None),
        *_policy_steps(night, shlex.quote(night.folder)),
        say("Commit it as {file}; GitHub's clock is UTC", file=f".github/workflows/{night.name}.yml"),
    )
    text = f"# Runs: {_comment(night)}\n{_yaml(workflow)}\n"
    return Files({f"{night.name}.yml": text}, steps, tuple(_swept(night)))


KINDS: Mapping[str, Callable[[Night], Files]] = {
    "systemd": systemd,
    "cron": cron,
    "kubernetes": kubernetes,
    "github": github,
}


def schedule_text(files: Files) -> str:
    """The files one after the other, each below its name, and what to do with them."""
    parts = [f"# ===== {name}\n{text}" for name, text in files.texts.items()]
    return "\n".join(parts).rstrip()


# --- quoting ----------------------------------------------------------------------------------------------------------


def _comment(night: Night) -> str:
    """The command on one line, whatever is in it."""
    return " ".join(("bulk-orders", *(shlex.quote(word) for word in night.arguments))).replace("\n", " ")


def _unit_word(word: str) -> str:
    """A word of ExecStart: systemd expands % and $, and reads quotes and backslashes as C does."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$").replace("\n", "\\n")
    return f'"{escaped}"' if any(c in word for c in " \t\n\"';\\") or not word else escaped


def _token_steps(night: Night, owner: str | None) -> tuple[str, ...]:
    if not night.token_file:
        return ()
    if owner:
        values = {"file": night.token_file, "owner": owner}
        return (say("Put the access token, alone, into {file} (mode 0600, owned by {owner})", **values),)
    return (say("Put the access token, alone, into {file} (mode 0600)", file=night.token_file),)


def _textfile_of_a_service() -> str:
    return say(
        "If the policy names a textfile: the service may not write to the collector's folder unless you add to it "
        "ReadWritePaths=FOLDER and SupplementaryGroups=GROUP, of a group that may write there"
    )


def _textfile_in_a_container() -> str:
    return say(
        "If the policy names a textfile: in the container only /state and /tmp can be written to, and no collector "
        "looks there unless you mount its folder"
    )


def _policy_steps(night: Night, place: str, *more: str) -> tuple[str, ...]:
    if night.arguments[0] != "reconcile":
        return ()
    put = say(
        "Put the policy (and the sheet, if there is one) into {place}; the paths in the command begin there",
        place=place,
    )
    no_environment = say(
        "The night has no environment but this: for a policy's urls_env and url_env, and for bulk_orders.toml's "
        "token_env, write urls_file, url_file, token_file (mode 0600)"
    )
    return put, no_environment, *more


def _yaml(value: object, indent: int = 0) -> str:
    """Plain values as YAML in blocks; texts as JSON strings, which YAML reads the same."""
    pad = "  " * indent
    if isinstance(value, dict) and value:
        return "\n".join(f"{pad}{_key(key)}:{_below(inner, indent)}" for key, inner in value.items())
    if isinstance(value, list) and value:
        return "\n".join(f"{pad}-{_below(inner, indent, item=True)}" for inner in value)
    return f"{pad}{json.dumps(value, ensure_ascii=False)}"


def _key(key: str) -> str:
    return f'"{key}"' if key == "on" else key  # YAML 1.1 reads a bare on as true


def _below(value: object, indent: int, *, item: bool = False) -> str:
    if isinstance(value, dict | list) and value:
        block = _yaml(value, indent + 1)
        return f" {block.lstrip()}" if item and isinstance(value, dict) else f"\n{block}"
    return f" {json.dumps(value, ensure_ascii=False)}"
