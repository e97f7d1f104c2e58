"""What is to run every night: a command line of ours, for one shop, where and when.

The rule: no secret is in it. A token is named by the file that holds it, and each scheduler hands that file over in its
own way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

TOKEN = "token"  # noqa: S105 (a name, not a token)
"""Under this name the schedulers hand over the file with the token."""


@dataclass(frozen=True, slots=True)
class Night:
    """One command, every day at `hour`:`minute` by the clock of the machine that runs it.

    `arguments` come after the program's name. `folder` is where it works and writes, `home` the state folder below it.
    `token_file` is None for a command that does not speak to the shop.
    """

    shop: str
    program: str
    arguments: tuple[str, ...]
    folder: str
    token_file: str | None
    hour: int
    minute: int
    image: str

    @property
    def place(self) -> str:
        """The name of what all nights of this shop share: their state, their token."""
        handle = re.sub(r"[^a-z0-9]+", "-", self.shop.removesuffix(".myshopify.com").removeprefix("http://"))
        return f"bulk-orders-{handle[:28].strip('-')}"

    @property
    def name(self) -> str:
        """For files and units, one per command; a CronJob's name may have 52 characters."""
        return f"{self.place}-{self.arguments[0]}"

    @property
    def home(self) -> str:
        return f"{self.folder}/state"

    def words(self, token_file: str) -> tuple[str, ...]:
        """The command line, with the token's file as the scheduler hands it over."""
        extra = ("--token-file", token_file) if self.token_file else ()
        return (self.program, *self.arguments, *extra)

    def named_paths(self) -> Iterator[str]:
        """The paths of the command that begin at the root or at somebody's home, also those behind `--option=`."""
        for word in (self.program, *self.arguments):
            path = word.partition("=")[2] if word.startswith("--") else word
            if path.startswith(("/", "~")):
                yield path

    def under(self, *folders: str) -> list[str]:
        """Those of its paths that lie in one of these folders (`~`: in somebody's home)."""
        return [path for path in self.named_paths() if path.startswith(tuple(f"{folder}/" for folder in folders))]


@dataclass(frozen=True, slots=True)
class Files:
    """What a scheduler wants: texts by file name, and what to do with them, step by step.

    `warnings` say what will not work every night as it is written, though it may today.
    """

    texts: Mapping[str, str]
    steps: tuple[str, ...]
    warnings: tuple[str, ...] = ()
