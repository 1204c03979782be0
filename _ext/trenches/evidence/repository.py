"""The repository that the labs lie in: the setting that names it, and where its host shows what a run was made of.

Without the setting no page names one. Whoever hosts the repository where the addresses of files are unknown gets those
of the repository alone, for a dead link is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from sphinx.application import Sphinx
from sphinx.config import Config

from _harness.results import Value

from ..build.errors import SourceError


class Places(NamedTuple):
    """What a host's addresses of these begin with, after the repository's own."""

    file: str
    folder: str
    commit: str
    issues: str


GITEA = Places("src/commit", "src/commit", "commit", "issues")
# By a part of the host's name.
HOSTS = {"github": Places("blob", "tree", "commit", "issues"), "gitlab": Places("-/blob", "-/tree", "-/commit", "-/issues"),
         "gitea": GITEA, "forgejo": GITEA, "codeberg": GITEA}
# Owner and name at least; neither is a way up or an option of git's.
ADDRESS = re.compile(r"https://([\w-]+\.)+[\w-]+(:\d+)?(/(?!\.\.?(/|$)|-)[\w.~-]+){2,}", re.ASCII)
# As git also takes them: git@github.com:owner/name, ssh://git@github.com:22/owner/name.
SSH = re.compile(r"^(?:ssh://)?[\w.-]+@([\w.-]+)(?::\d+(?=/))?[:/]+(.+)$", re.ASCII)
HEAD = re.compile(r"^https://(?:[^/]*@)?([^/]*)", re.IGNORECASE)


def settled(given: str) -> str:
    """``given`` as the https address of a repository, without credentials; nothing where nothing is given. Raises SourceError."""
    address = SSH.sub(r"https://\1/\2", given).rstrip("/").removesuffix(".git")
    address = HEAD.sub(lambda head: f"https://{head[1].lower()}", address)
    if address and not ADDRESS.fullmatch(address):
        # What was given may hold a token, and a host's log is read by others.
        raise SourceError("conf.py: trenches_repository is not the address of a repository; give one such as "
                          "https://github.com/owner/name as REPOSITORY_URL, which goes before what the host names, or nothing")
    return address


@dataclass(frozen=True)
class Repository:
    """The repository at ``address``. What it has no address for is an empty text."""

    address: str

    @property
    def clone(self) -> str:
        """The command that gets it and enters it."""
        return f"git clone {self.address} && cd {self.address.rpartition('/')[2]}"

    @property
    def issues(self) -> str:
        """Where to send something."""
        return f"{self.address}/{self._places.issues}" if self._places else self.address

    def commit(self, commit: str) -> str:
        return self._at("commit", commit)

    def line(self, value: Value, commit: str) -> str:
        """The line that recorded ``value`` at the ``commit`` of its receipt."""
        file, _, line = (value.where or "").rpartition(":")
        found = file and self._at("file", commit, file)
        return found and f"{found}#L{line}"

    def parts(self, lab: str, commit: str, *left: str) -> list[tuple[str, str]]:
        """(name, address) of the files of ``lab`` at the ``commit`` of its run, and of the folders that the run has ``left``,
        which were committed later."""
        found = [(file, self._at("file", commit, f"{lab}/{file}")) for file in ("run", "README.md", "test_claims.py")]
        found += [(folder, self._at("folder", "HEAD", f"{lab}/{folder}")) for folder in left]
        return [(name, address) for name, address in found if address]

    @property
    def _places(self) -> Places | None:
        host = self.address.split("/")[2]
        return next((places for part, places in HOSTS.items() if part in host), None)

    def _at(self, kind: str, commit: str, *path: str) -> str:
        """The address of a file, folder or commit, if ``commit`` holds what ran and is no "+dirty" one."""
        if self._places and re.fullmatch("HEAD|[0-9a-f]{40}", commit):
            return "/".join((self.address, getattr(self._places, kind), commit, *path))
        return ""


def named(app: Sphinx, config: Config) -> None:
    # Before Sphinx keeps the settings beside the pages, and with them what must reach neither.
    config.trenches_repository = settled(config.trenches_repository)


def setup(app: Sphinx) -> None:
    app.add_config_value("trenches_repository", "", "env", str)
    app.connect("config-inited", named)
