"""A small copy of the site with what authors may write and the essays do not: endless words, notes beside what is folded away."""

from __future__ import annotations

import tomllib
from pathlib import Path

import corpus
from copies import Copy

ESSAY = corpus.slug_of(0)
# As long as a token, a path or a name that a generator made; no blank, no hyphen, no place to break it.
WORD = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesell"
CELLS = " | ".join(f"column{number}" for number in range(24))
WIDE = f"| {CELLS} |\n|{'---|' * 24}\n| {CELLS} |\n"
PARTS = f"""\
({ESSAY}-long)=

## The {WORD}

({ESSAY}-longer)=

### A smaller {WORD}

The {WORD}, the *{WORD}*, the **{WORD}**, the `{WORD}`, [the {WORD}](https://example.org/{WORD})
and <https://example.org/{WORD}>.[^long]

[^long]: The {WORD} and `{WORD}`.

- The {WORD}

  > The {WORD}

```{{listing}} {WORD}.sql
```

| {WORD} | the |
|---|---|
| the | {WORD} |

:::{{dropdown}} The {WORD}
The {WORD}
:::

::::{{tab-set}}
:::{{tab-item}} {WORD}
The {WORD}
:::
:::{{tab-item}} Other{WORD}
The {WORD}
:::
::::

:::{{admonition}} The {WORD}
:class: composite

The {WORD}
:::

({ESSAY}-folded)=

## Notes beside what is folded away

:::{{dropdown}} A table
{WIDE}:::

Beside the disclosure a note.[^closed]

[^closed]: Beside a closed disclosure.

::::{{dropdown}} Outer
:::{{dropdown}} Inner
{WIDE}:::
::::

Beside two disclosures a note.[^nested]

[^nested]: Beside a disclosure in a disclosure.

::::{{tab-set}}
:::{{tab-item}} One
A note.[^chosen]
:::
:::{{tab-item}} Two
{WIDE}
:::
::::

Beside the tabs a note.[^tabbed]

[^tabbed]: Beside tabs.

[^chosen]: In the variant that is chosen, where the other has a table.

:::{{dropdown}} A reference
In the disclosure a note.[^inside]
:::

[^inside]: Its reference is folded away.

The last note.[^last]

[^last]: The last.

"""


def write(folder: Path) -> Copy:
    """Write the copy to ``folder``, which must not exist."""
    corpus.write(folder, 2)
    copy, page = Copy(folder), f"essays/{ESSAY}.md"
    copy.write("labs/README.md", "Labs.\n")
    copy.write(f"labs/{ESSAY}/{WORD}.sql", "SELECT 1;\n")
    copy.edit(page, f"({ESSAY}-part0)=", f"{PARTS}({ESSAY}-part0)=")
    for words in tomllib.loads(copy.read("owner.toml"))[ESSAY].values():
        for name in ("owner.toml", page):
            copy.edit(name, words, f"{WORD} {words}")
    for name, old in (
            (page, "read by the generator"), (page, "The finding comes first."), (page, "It was generated."),
            (f"labs/{ESSAY}/test_claims.py", "touches at most"), (f"labs/{ESSAY}/test_claims.py", "is never negative"),
            (f"labs/{ESSAY}/results.json", "pages of run"), (f"labs/{ESSAY}/results.json", '"cpu": "Generated')):
        if old in copy.read(name):
            copy.edit(name, old, f"{old} {WORD}")
    copy.edit(page, "blogpost: true\n", f"""blogpost: true
read_next: {corpus.slug_of(1)}
read_next_because: It is {WORD}.
changes:
- date: 2026-02-02
  what: The {WORD}.
  corrects: {ESSAY}-part0
""")
    copy.edit(page, "tags: [python", f"tags: [{WORD.lower()}")
    copy.edit("conf.py", '"python":', f'"{WORD.lower()}":')
    copy.edit("glossary.md", "\ncovering index\n", f"\ncovering index\n{WORD}\n")
    return copy
