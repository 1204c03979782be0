"""``make essay slug=…``: a new essay and its lab, small but whole, so that every part is there to be replaced.

What it writes stands in template/, with a line of why beside each part. The lab counts something real, so that
`make serve` shows the essay at once, with numbers after the first short run, before the first word is written.
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

from ..essays.owner import owners_words

TEMPLATE = Path(__file__).with_name("template")
# In the order that keeps a claim from being fitted to its result.
NEXT = """\
Next, in this order:
1. Hypotheses: labs/{slug}/README.md, and each as a claim in test_claims.py
2. Commit them, before the first full run
3. Quick: make serve shows the draft, make lab slug={slug} quick=1 fills in numbers of a short run
4. Full: make lab slug={slug} records; commit the results by themselves, and add essays/{slug} to index.md
5. Replication: make lab slug={slug} again=1, at least an hour later; commit it
6. Prose: over the results; a claim that failed stays, with its reason
7. Card: make figures slug={slug}
8. Ledger: make ledger
9. Queries: tests/search-queries.toml, then make html and make test"""


def scaffold(root: Path, slug: str, today: datetime.date) -> list[Path]:
    """Write the essay's and the lab's first files; raise ValueError if the slug is unknown or anything exists."""
    owned = owners_words(root)
    if slug not in owned:
        raise ValueError(f"unknown slug {slug!r}; add title and summary to owner.toml, or use one of: " + ", ".join(owned))
    words = {"slug": slug, "today": str(today), "seed": today.strftime("%Y%m%d"), **owned[slug]}
    files = {_target(root, slug, path): path for path in sorted(TEMPLATE.rglob("*")) if path.is_file() and "__pycache__" not in path.parts}
    taken = [path for path in files if path.exists()]
    if taken:
        raise ValueError(f"{taken[0].relative_to(root)} exists; nothing was written")
    for path, template in files.items():
        text = template.read_text(encoding="utf-8")
        for name, value in words.items():
            text = text.replace("{{" + name + "}}", value)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(template.stat().st_mode)
    return list(files)


def _target(root: Path, slug: str, template: Path) -> Path:
    name = template.relative_to(TEMPLATE)
    return root / "essays" / f"{slug}.md" if name.name == "essay.md" else root / "labs" / slug / name.relative_to("lab")


if __name__ == "__main__":
    here = Path.cwd()
    try:
        for written in scaffold(here, sys.argv[1], datetime.date.today()):
            print(written.relative_to(here))
    except ValueError as error:
        sys.exit(f"make essay: {error}")
    print(NEXT.format(slug=sys.argv[1]))
