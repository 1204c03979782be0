"""The ledger of published addresses: what other teams may have linked to, and what `make ledger` adds to it.

A line is one of
    url essays/<slug>.html                 a page, a feed, a data file
    anchor essays/<slug>.html#<label>      what a permalink offers
    label std:label <label>                what intersphinx finds
Nothing is ever taken out: what goes leaves a redirect (README, "Link to us").
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import lxml.html
from sphinx.util.inventory import InventoryFile

LEDGER = Path(__file__).with_name("ledger.txt")
# What pages load and name anew in every build, what hosts read, and the files of a lab beside its results.
UNLINKED = re.compile(r"_|search[/i]|\.(?:buildinfo|trenches)$|404\.html$|robots\.txt$|labs/(?!.*/results\.json$)")
REFRESH = "//meta[@http-equiv='refresh']/@content"


def published(root: Path) -> set[str]:
    """All that the site built at ``root`` offers to link to, as lines of the ledger."""
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    offered = {f"url {name}" for name in files if not UNLINKED.match(name)}
    for name, path in files.items():
        if name.endswith(".html"):
            offered |= {f"anchor {name}{href}" for href in page(path).xpath("//a[contains(@class, 'headerlink')]/@href")}
    return offered | labels(root)


def labels(root: Path) -> set[str]:
    inventory = InventoryFile.loads((root / "objects.inv").read_bytes(), uri="")
    return {f"label {kind} {name}" for kind, entries in inventory.data.items() for name in entries}


def page(path: Path):
    return lxml.html.document_fromstring(path.read_bytes(), parser=lxml.html.HTMLParser(encoding="utf-8"))


def broken(root: Path, line: str) -> bool:
    """Whether what ``line`` of the ledger names can no longer be reached on the site at ``root``."""
    kind, _, name = line.partition(" ")
    if kind == "label":
        return line not in labels(root)
    address, _, anchor = name.partition("#")
    path = follow(root / address)
    return not path.is_file() or bool(anchor) and not page(path).xpath("//*[@id=$id]", id=anchor)


def follow(path: Path) -> Path:
    """The file that a reader who asks for ``path`` ends at: a moved page leads to another."""
    for content in page(path).xpath(REFRESH) if path.suffix == ".html" and path.is_file() else []:
        return (path.parent / content.partition("url=")[2]).resolve()
    return path


def read() -> list[str]:
    return LEDGER.read_text(encoding="utf-8").splitlines()


def main() -> None:
    old = read() if LEDGER.exists() else []
    new = published(Path(sys.argv[1])) - set(old)
    LEDGER.write_text("".join(f"{line}\n" for line in sorted({*old, *new})), encoding="utf-8")
    print(f"{len(new)} entries added to tests/ledger.txt, {len(old)} kept")


if __name__ == "__main__":
    main()
