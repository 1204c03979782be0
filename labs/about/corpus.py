"""A copy of the site with N generated essays: what the build is measured on.

An essay has about 1,800 words in seven labelled sections, code in four languages, a table, two figures, ten bound
values, three claims, links to three other essays and to glossary terms, and two tags. The same seed, the same bytes.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEED = 20261122
MACHINERY = ("conf.py", "Makefile", "requirements.txt", "glossary.md", "_headers", "_ext", "_static", "_templates", "labs/_harness")
NOUNS = ("queue", "index", "query", "cache", "page", "worker", "request", "lock", "row", "plan", "thread", "socket", "retry",
         "deadline", "shard", "replica", "log", "snapshot", "buffer", "batch", "schema", "tenant", "budget", "pool")
VERBS = ("reads", "waits for", "holds", "drops", "copies", "counts", "splits", "keeps", "sends", "loses", "merges", "orders")
WAYS = ("before the commit", "under load", "after a restart", "without a lock", "in one pass", "behind the proxy",
        "on every write", "at the leader", "while the pool is full", "until the lease ends", "from a cold start")
CODE = {
    "python": "def {noun}_of(items):\n    return [item for item in items if item.{noun} is not None]",
    "java": "record {Noun}(long id, String name) {{\n    boolean isEmpty() {{ return name.isBlank(); }}\n}}",
    "go": "func {Noun}(ctx context.Context) error {{\n\tselect {{\n\tcase <-ctx.Done():\n\t\treturn ctx.Err()\n\t}}\n}}",
    "sql": "SELECT id, name FROM {noun}\nWHERE tenant_id = :tenant AND created_at < :before\nORDER BY created_at DESC LIMIT 20;",
}
TERMS = ("open loop", "closed loop", "goodput", "covering index", "page access", "retry budget")
TAGS = ("databases", "performance", "reliability", "distributed-systems", "java", "python", "golang", "frontend", "ai", "rag",
        "architecture", "teams", "testing")
# The site's own has a lab, whose results are those of this corpus.
ABOUT = """(about)=

# About

What this is.

(about-claims)=

## What a claim is

A sentence with a test.

(about-linking)=

## Linking to us

```{mapping}
```
"""
CLAIMS = '''"""The claims of a generated essay."""


def test_thesis(results):
    """The {noun} touches at most a hundred pages."""
    assert results["run.v0.pages"] <= 100


def test_median(results):
    """The median of the {noun} is below ten seconds."""
    assert results["run.v1.median_ms"] < 10_000


def test_both(results):
    """Neither value of the {noun} is negative."""
    assert results["run.v2.pages"] >= 0 and results["run.v3.median_ms"] >= 0
'''
VALUES = 10


def slug_of(number: int) -> str:
    return f"generated-{number:04}"


def write(target: Path, count: int) -> None:
    """Write the copy with ``count`` essays to ``target``, which must not exist."""
    for name in MACHINERY:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, target / name)
    conf = re.sub(r"^trenches_moved = \{.*?^\}", "trenches_moved = {}", (target / "conf.py").read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    conf += '# What was generated makes no argument, and has not the form of one.\ntrenches_not_in_form = ["*"]\n'
    (target / "conf.py").write_text(conf, encoding="utf-8")
    (target / "about.md").write_text(ABOUT, encoding="utf-8")
    (target / "essays").mkdir()
    (target / "owner.toml").write_text(
        "\n".join(_essay(target, number, count) for number in range(count)), encoding="utf-8")
    listed = "\n".join(f"essays/{slug_of(number)}" for number in range(count))
    (target / "index.md").write_text(
        f"(index)=\n\n# Generated\n\nA lede.\n\n```{{toctree}}\n:hidden:\n\n{listed}\nabout\nglossary\n```\n", encoding="utf-8")


def _essay(target: Path, number: int, count: int) -> str:
    """Write one essay and its lab; return its entry in the owner's list."""
    rng, slug = random.Random(SEED * 10_000 + number), slug_of(number)
    title = f"{rng.choice(NOUNS).title()} {number}: What the {rng.choice(NOUNS)} {rng.choice(VERBS)}"
    summary = _sentence(rng)
    others = [slug_of((number + step) % count) for step in (1, 7, 31) if step % count]
    body = [f"---\nblogpost: true\ndate: {2016 + number % 10}-{number % 12 + 1:02}-{number % 28 + 1:02}\n"
            f"tags: [{', '.join(rng.sample(TAGS, 2))}]\nfigure: run.v0.pages\nfigure_words: read by the generator\n"
            f"figure_claim: thesis\n---\n\n({slug})=\n\n# {title}\n\n{summary}\n",
            _paragraph(rng), "```{claim} thesis\n```\n", _chart(slug, 0)]
    for part, language in enumerate(("python", "java", "go", "sql", "", "", "")):
        body += [f"({slug}-part{part})=\n\n## {_heading(rng)}\n", _paragraph(rng), _paragraph(rng, others, slug)]
        if language:
            noun = rng.choice(NOUNS)
            body.append(f"```{language}\n{CODE[language].format(noun=noun, Noun=noun.title())}\n```\n")
        body.append(_paragraph(rng))
    body += [_chart(slug, 1), _table(rng), "```{claim} median\n```\n\n```{claim} both\n```\n",
             f"({slug}-evidence)=\n\n## Evidence\n\n```{{evidence}}\nIt was generated.\n```\n"]
    (target / f"essays/{slug}.md").write_text("\n".join(body), encoding="utf-8")
    _lab(target / "labs" / slug, slug, rng)
    return f"[{slug}]\ntitle = {json.dumps(title)}\nsummary = {json.dumps(summary)}\n"


def _sentence(rng: random.Random) -> str:
    return (f"The {rng.choice(NOUNS)} {rng.choice(VERBS)} the {rng.choice(NOUNS)} {rng.choice(WAYS)}, "
            f"and the {rng.choice(NOUNS)} {rng.choice(VERBS)} a {rng.choice(NOUNS)} {rng.choice(WAYS)}.")


def _heading(rng: random.Random) -> str:
    return f"The {rng.choice(NOUNS)} {rng.choice(VERBS)} its {rng.choice(NOUNS)} {rng.choice(WAYS)}"


def _paragraph(rng: random.Random, others: list[str] = (), slug: str = "") -> str:
    lines = [_sentence(rng) for _ in range(4)]
    if slug:
        lines[1] = f"It took {{result}}`run.v{rng.randrange(VALUES)}.pages` there."
    if others:
        other = rng.choice(others)
        lines[2] = f"So does {{ref}}`the other <{other}-part{rng.randrange(7)}>`, which {{term}}`{rng.choice(TERMS)}` explains."
    return "\n".join(lines) + "\n"


def _chart(slug: str, number: int) -> str:
    return (f"```{{chart}} figure{number}\n:name: {slug}-figure{number}\n:alt: Points that rise.\n\n"
            "The finding comes first.\nThen n and the machine.\n```\n")


def _table(rng: random.Random) -> str:
    rows = [f"| {rng.choice(NOUNS)} | {rng.choice(VERBS)} | {rng.choice(WAYS)} |" for _ in range(6)]
    return "\n".join(["| The | does | when |", "|---|---|---|", *rows]) + "\n"


def _lab(folder: Path, slug: str, rng: random.Random) -> None:
    (folder / "figures").mkdir(parents=True)
    for number, name in enumerate(("estimates", "pagination")):
        shutil.copyfile(ROOT / f"labs/query-optimization/figures/{name}.svg", folder / f"figures/figure{number}.svg")
        shutil.copyfile(ROOT / "labs/query-optimization/figures/card.png", folder / "figures/card.png")
        (folder / f"figures/figure{number}.vl.json").write_text('{"data": {"name": "points"}}\n', encoding="utf-8")
    values = {}
    for number in range(VALUES):
        values[f"run.v{number}.pages"] = {"value": rng.randrange(100), "unit": "pages", "label": f"pages of run {number}", "n": 1}
        values[f"run.v{number}.median_ms"] = {
            "value": rng.randrange(1000), "unit": "ms", "label": f"median of run {number}", "n": 9, "low": 1, "high": 1000,
            "interval": "p5-p95"}
    points = {"columns": {"name": {"label": "Name", "unit": None}, "pages": {"label": "Pages", "unit": "pages"}},
              "rows": [{"name": rng.choice(NOUNS), "pages": rng.randrange(1000)} for _ in range(20)]}
    load = {"load_1m": 0, "busy_percent": 1, "steal_percent": 0}
    receipt = {"command": f"labs/{slug}/run", "started": "2026-11-20T12:00:00+00:00", "duration_s": 60, "commit": "0" * 40,
               "machine": {"cpu": "Generated", "cores": 2, "memory_gib": 8, "kernel": "1", "os": "Generated"},
               "versions": {"Generator": "1"}, "seed": SEED, "load": {"before": load, "during": load}, "noise": None}
    data = {"lab": slug, "mode": "full", "receipt": receipt, "values": values, "tables": {"points": points}}
    (folder / "results.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    (folder / "test_claims.py").write_text(CLAIMS.format(noun=rng.choice(NOUNS)), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
