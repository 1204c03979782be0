"""``make essay slug=…``: a new essay and its lab, small but whole, so that every part is there to be replaced.

The lab counts something real, so that `make lab`, `make html` and `make test` pass before the first word is written.
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

from ..essays.owner import owners_words

ESSAY = """\
---
blogpost: true
date: {today}
tags: [architecture]
figure: inputs.sums
figure_words: compared; replace with the words that make your figure a sentence
figure_claim: thesis
---

({slug})=

# {title}

{summary}

The lab compared {{result}}`inputs.sums`.
Open with a concrete failure or a surprising measured number, then the thesis, then the first figure.

```{{claim}} thesis
```

```{{chart}} sums
:name: {slug}-sums
:alt: A line that rises ever faster; say here the finding and the shape.

The finding comes first.
Then n, the machine and what the spread is.
```

({slug}-evidence)=

## Evidence

```{{evidence}}
Say here what the lab does not measure.
```

({slug}-sources)=

## Sources
"""

RUN = '''\
#!/usr/bin/env python3
"""The lab of the essay {slug}: replace this sum with the real experiment."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _harness import Lab  # noqa: E402

with Lab(__file__, seed={seed}) as lab:
    counts = range(1, 4 if lab.quick else 20)
    rows = [{{"numbers": n, "sum": sum(range(n + 1)), "formula": n * (n + 1) // 2}} for n in counts]
    lab.version("Python", sys.version)
    lab.value("inputs.sums", len(rows), "runs", "sums compared")
    lab.value("sums.wrong", sum(row["sum"] != row["formula"] for row in rows), "runs", "sums that differ", len(rows))
    columns = {{name: {{"label": name, "unit": "1"}} for name in rows[0]}}
    lab.table("sums", columns, rows)
    lab.sample("sums", rows)
'''

FIGURE = """\
{{
  "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
  "data": {{"name": "sums"}},
  "width": 400,
  "mark": "line",
  "encoding": {{
    "x": {{"field": "numbers", "type": "quantitative", "axis": {{"title": "numbers summed"}}}},
    "y": {{"field": "sum", "type": "quantitative", "axis": {{"title": "sum"}}}}
  }}
}}
"""

CLAIMS = '''\
"""The claims of the essay, as tests over results.json. Write them before the first full run."""


def test_thesis(results):
    """Summing the numbers one by one gives what the closed form gives."""
    assert results["sums.wrong"] == 0
'''

README = """\
# {title}: the lab

Question: what is measured, and what would refute it?

## Bias

What the author hopes to find.

## Hypotheses

Written before the first full run; `test_claims.py` holds them as tests.

## Method

## Not measured

## Cost

Under a minute, no disk.
"""


def scaffold(root: Path, slug: str, today: datetime.date) -> list[Path]:
    """Write the essay's and the lab's first files; raise ValueError if the slug is unknown or anything exists."""
    owned = owners_words(root)
    if slug not in owned:
        raise ValueError(f"unknown slug {slug!r}; add title and summary to owner.toml, or use one of: " + ", ".join(owned))
    lab, words = root / "labs" / slug, {"slug": slug, "today": today, "seed": today.strftime("%Y%m%d"), **owned[slug]}
    files = {root / "essays" / f"{slug}.md": ESSAY, lab / "run": RUN, lab / "test_claims.py": CLAIMS,
             lab / "README.md": README, lab / "figures" / "sums.vl.json": FIGURE,
             lab / "requirements.txt": "# What this lab needs beside the harness, exact pins.\n"}
    taken = [path for path in files if path.exists()]
    if taken:
        raise ValueError(f"{taken[0].relative_to(root)} exists; nothing was written")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(**words), encoding="utf-8")
    (lab / "run").chmod(0o755)
    return list(files)


if __name__ == "__main__":
    here = Path.cwd()
    try:
        for written in scaffold(here, sys.argv[1], datetime.date.today()):
            print(written.relative_to(here))
    except ValueError as error:
        sys.exit(f"make essay: {error}")
    print(f"Next: make lab slug={sys.argv[1]}, make figures slug={sys.argv[1]}, add essays/{sys.argv[1]} to the toctree "
          "of index.md, make html")
