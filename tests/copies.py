"""A copy of the site with a few generated essays, and the edits that authors make to it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import corpus

from _harness import claims

VENV = Path(sys.prefix)
ESSAYS = 4
# What pages may quote of each other: a heading, a figure's number, a claim, a title.
QUOTING = "{{ref}}`{0}-part1`", "{{ref}}`{0}-figure1`", "[](#{0}-claim-thesis)", "[]({0}.md)", "{{ref}}`{0}`"
KEYS = [f"run.v{number}.{what}" for number in range(corpus.VALUES) for what in ("pages", "median_ms")]


class Copy:
    """The copy in ``folder``; ``date`` and ``address`` are what it is built for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.date, self.address = "2026-11-22", ""
        self.stamp = 0

    @property
    def html(self) -> Path:
        return self.folder / "_build/html"

    def command(self, build: str = "_build", target: str = "html") -> list[str]:
        # The environment is the one that runs the tests, however old its stamp.
        return ["make", "-s", "--old-file", f"{VENV}/site", target, f"VENV={VENV}", f"BUILD={build}", f"BUILD_DATE={self.date}"]

    def environment(self, **variables: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "READTHEDOCS", "SITE_URL", "SPHINX"))}
        return kept | {"READTHEDOCS_CANONICAL_URL": self.address} | variables

    def make(self, build: str = "_build", **variables: str) -> subprocess.CompletedProcess:
        return subprocess.run(self.command(build), cwd=self.folder, env=self.environment(**variables), capture_output=True,
                              text=True)

    def clean(self) -> subprocess.CompletedProcess:
        """Build the same sources from nothing, into _clean/html."""
        shutil.rmtree(self.folder / "_clean", ignore_errors=True)
        return self.make("_clean")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert old in text, f"{name} no longer has {old!r}; mend this test"
        self.write(name, text.replace(old, new))

    def slugs(self) -> list[str]:
        return sorted(path.stem for path in (self.folder / "essays").glob("*.md"))

    def word(self) -> str:
        """A word that no build before this one has seen."""
        self.stamp += 1
        return f"novelty{self.stamp}"


def write(folder: Path) -> Copy:
    """Write the copy to ``folder``, which must not exist: its essays quote each other in every way there is."""
    corpus.write(folder, ESSAYS)
    copy = Copy(folder)
    for number, slug in enumerate(copy.slugs()):
        for step in (1, 2):
            add_quotes(copy, slug, corpus.slug_of((number + step) % ESSAYS), QUOTING)
    copy.write("labs/README.md", "Labs.\n")
    run_again(copy, copy.slugs()[0], f"labs/{copy.slugs()[0]}/replications/2026-11-21-1.json", {})
    copy.write("about.md", copy.read("about.md") + "\n```{replications}\n```\n")
    return copy


def add_quotes(copy: Copy, slug: str, other: str, forms: tuple[str, ...]) -> None:
    text = "".join(f"The {slug} points to {form.format(other)} there.\n" for form in forms)
    copy.edit(f"essays/{slug}.md", f"({slug}-evidence)=", f"{text}\n({slug}-evidence)=")


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def difference(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Names of the files in which two sites differ, each with the first bytes that do."""
    found = []
    for name in sorted(one.keys() | other.keys()):
        a, b = one.get(name), other.get(name)
        if a is None or b is None:
            found.append(f"{name}: only in the {'second' if a is None else 'first'}")
        elif a != b:
            at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
            found.append(f"{name}: {a[max(0, at - 40):at + 60]!r} and {b[max(0, at - 40):at + 60]!r}")
    return found


def assert_as_clean(copy: Copy) -> None:
    """Build what changed, build all of it, and hold the two sites to the same bytes, or to the same refusal."""
    before = files(copy.html)
    done, clean = copy.make(), copy.clean()
    assert "Traceback" not in done.stderr + clean.stderr, done.stderr + clean.stderr
    assert bool(done.returncode) == bool(clean.returncode), (
        f"incremental: {done.returncode} {done.stderr}\nclean: {clean.returncode} {clean.stderr}\n"
        "have the page that the change reaches written again (env-updated in _ext/trenches)")
    if done.returncode:
        assert not difference(before, files(copy.html)), "a build that failed changed the site; publish only what is whole"
        return
    found = difference(files(copy.html), files(copy.folder / "_clean/html"))
    assert not found, "\n".join(["the incremental build, first, is not the clean one, second; have what a page quotes "
                                 "make Sphinx write it again (env-updated in _ext/trenches):", *found[:12]])


def _lines(copy: Copy, name: str, pattern: str) -> list[str]:
    return re.findall(pattern, copy.read(name), re.MULTILINE)


def heading(copy: Copy, rng: Random, slug: str) -> None:
    old = rng.choice(_lines(copy, f"essays/{slug}.md", r"^## .*part.*$|^## The.*$"))
    copy.edit(f"essays/{slug}.md", old, f"## The {copy.word()} part")


def sentence(copy: Copy, rng: Random, slug: str) -> None:
    """What links to an essay stands on its page too, with its sentence; the new one is for an essay whose links are all gone."""
    text = copy.read(f"essays/{slug}.md").replace(" points to ", f" {copy.word()} points to ")
    copy.write(f"essays/{slug}.md", text.replace(f"({slug}-evidence)=", f"This {copy.word()} is new.\n\n({slug}-evidence)="))


def owners_words(copy: Copy, rng: Random, slug: str) -> None:
    key = rng.choice(["title", "summary"])
    entry = re.search(rf"^\[{slug}\]\n(?:.+\n)*?{key} = (\".*\")$", copy.read("owner.toml"), re.MULTILINE)[1]
    new = json.dumps(f"The {copy.word()} {key}")
    copy.edit("owner.toml", f"{key} = {entry}", f"{key} = {new}")
    copy.edit(f"essays/{slug}.md", json.loads(entry), json.loads(new))


def date(copy: Copy, rng: Random, slug: str) -> None:
    text = re.sub(r"^date: .*$", f"date: {rng.randrange(2015, 2026)}-0{rng.randrange(1, 9)}-11", copy.read(f"essays/{slug}.md"),
                  count=1, flags=re.MULTILINE)
    copy.write(f"essays/{slug}.md", text)


def tags(copy: Copy, rng: Random, slug: str) -> None:
    text = re.sub(r"^tags: .*$", f"tags: [{', '.join(rng.sample(corpus.TAGS, rng.randrange(1, 4)))}]",
                  copy.read(f"essays/{slug}.md"), count=1, flags=re.MULTILINE)
    copy.write(f"essays/{slug}.md", text)


def added(copy: Copy, rng: Random, slug: str) -> None:
    number = 100 + len(_lines(copy, "owner.toml", r"^\[generated"))
    new = corpus.slug_of(number)
    if (copy.folder / f"essays/{new}.md").exists():
        return
    entry = corpus._essay(copy.folder, number, 10**6)
    copy.write("owner.toml", copy.read("owner.toml") + "\n" + entry)
    text = re.sub(r"\{ref\}`the other <.*?>`", f"{{ref}}`the other <{slug}-part1>`", copy.read(f"essays/{new}.md"))
    copy.write(f"essays/{new}.md", text)
    add_quotes(copy, new, slug, QUOTING)
    copy.edit("index.md", "\nabout\n", f"\nessays/{new}\nabout\n")


def renamed(copy: Copy, rng: Random, slug: str) -> None:
    new = f"{copy.word()}-of-it"
    (copy.folder / f"essays/{slug}.md").rename(copy.folder / f"essays/{new}.md")
    (copy.folder / f"labs/{slug}").rename(copy.folder / f"labs/{new}")
    again = (path.relative_to(copy.folder).as_posix() for path in (copy.folder / f"labs/{new}").glob("replications/*"))
    names = ["owner.toml", "index.md", "conf.py", f"labs/{new}/results.json", *again, *(f"essays/{s}.md" for s in copy.slugs())]
    for name in names:
        if slug in copy.read(name):
            copy.edit(name, slug, new)


def deleted(copy: Copy, rng: Random, slug: str) -> None:
    if len(copy.slugs()) < 3 or slug in copy.read("conf.py"):
        return
    (copy.folder / f"essays/{slug}.md").unlink()
    if rng.random() < .5:
        shutil.rmtree(copy.folder / f"labs/{slug}")
    copy.edit("index.md", f"essays/{slug}\n", "")
    for other in copy.slugs():
        text = copy.read(f"essays/{other}.md")
        text = re.sub(rf"\{{ref\}}`(the other) <{slug}[\w-]*>`", r"\1", text)
        text = re.sub(rf"^read_next(_because)?: .*\n(?=(?:.*\n)*?---)", "", text, flags=re.MULTILINE) if f"read_next: {slug}\n" in text else text
        text = re.sub(rf"^.*points to (?:\{{ref\}}`|\[\]\(#?){slug}.*\n", "", text, flags=re.MULTILINE)
        copy.write(f"essays/{other}.md", text) if text != copy.read(f"essays/{other}.md") else None


def result(copy: Copy, rng: Random, slug: str) -> None:
    data = json.loads(copy.read(f"labs/{slug}/results.json"))
    data["values"][rng.choice(sorted(data["values"]))]["value"] = rng.randrange(100)
    data["receipt"]["started"] = f"2026-{rng.choice(['02', '11'])}-20T12:00:00+00:00"
    copy.write(f"labs/{slug}/results.json", json.dumps(data, indent=1) + "\n")


def replication(copy: Copy, rng: Random, slug: str) -> None:
    """A further run comes, changes or goes."""
    name = f"labs/{slug}/replications/2026-11-2{rng.randrange(1, 3)}-1.json"
    if (copy.folder / name).exists() and rng.random() < .3:
        (copy.folder / name).unlink()
    else:
        run_again(copy, slug, name, dict.fromkeys(rng.sample(KEYS, 5), rng.randrange(100)))


def run_again(copy: Copy, slug: str, name: str, changed: dict[str, int]) -> None:
    """Write the replication ``name``, in which the values of these keys are others."""
    data = json.loads(copy.read(f"labs/{slug}/results.json"))
    for key, value in changed.items():
        data["values"][key]["value"] = value
    data["receipt"]["started"] = f"{Path(name).stem[:10]}T06:00:00+00:00"
    data |= {"mode": "again", "claims": claims.fingerprints(copy.read(f"labs/{slug}/test_claims.py"))}
    copy.write(name, json.dumps(data, indent=1) + "\n")


def claim(copy: Copy, rng: Random, slug: str) -> None:
    name = f"labs/{slug}/test_claims.py"
    old = rng.choice(_lines(copy, name, r'^    """.*"""$'))
    copy.edit(name, old, f'    """The {copy.word()} is never negative."""')


def figure(copy: Copy, rng: Random, slug: str) -> None:
    name = f"labs/{slug}/figures/figure{rng.randrange(2)}.svg"
    copy.write(name, copy.read(name).replace("</svg>", f"<!-- {copy.word()} --></svg>"))


def figures_swapped(copy: Copy, rng: Random, slug: str) -> None:
    text = copy.read(f"essays/{slug}.md")
    copy.write(f"essays/{slug}.md", re.sub(r"figure([01])", lambda m: f"figure{1 - int(m[1])}", text))


def term(copy: Copy, rng: Random, slug: str) -> None:
    text = copy.read("glossary.md")
    old = rng.choice(re.findall(r"^: .*$", text, re.MULTILINE) or re.findall(r"^  .*$", text, re.MULTILINE))
    copy.edit("glossary.md", old, f"{old} A {copy.word()}.")


def template(copy: Copy, rng: Random, slug: str) -> None:
    name = rng.choice(sorted(p.relative_to(copy.folder).as_posix() for p in (copy.folder / "_templates").rglob("*.html")))
    text = copy.read(name)
    copy.write(name, text + f"<!-- {copy.word()} -->\n" if "extends" not in text else text + "\n")


def asset(copy: Copy, rng: Random, slug: str) -> None:
    name = rng.choice(sorted(p.relative_to(copy.folder).as_posix() for p in (copy.folder / "_static").rglob("*.*")))
    path = copy.folder / name
    path.write_bytes(path.read_bytes() + f"/* {copy.word()} */\n".encode())


def asset_came_or_went(copy: Copy, rng: Random, slug: str) -> None:
    path = copy.folder / "_static/extra.txt"
    path.unlink() if path.exists() else path.write_text("x")


def headers(copy: Copy, rng: Random, slug: str) -> None:
    copy.write("_headers", copy.read("_headers") + f"# {copy.word()}\n")


def moved(copy: Copy, rng: Random, slug: str) -> None:
    copy.edit("conf.py", "trenches_moved = {", f'trenches_moved = {{"essays/{slug}#{copy.word()}": "{rng.choice(copy.slugs())}-part2", ')


def redirect(copy: Copy, rng: Random, slug: str) -> None:
    old, new = ("redirects = {}", f'redirects = {{"essays/{copy.word()}": "{slug}.html"}}') if "redirects = {}" in copy.read("conf.py") else (
        re.search(r"^redirects = .*$", copy.read("conf.py"), re.MULTILINE)[0], "redirects = {}")
    copy.edit("conf.py", old, new)


def setting(copy: Copy, rng: Random, slug: str) -> None:
    copy.edit("conf.py", *rng.choice([
        ('trenches_subtitle = ("', f'trenches_subtitle = ("{copy.word()} '), ('"databases": "', f'"databases": "{copy.word()} '),
        ('"teams": "', f'"teams": "{copy.word()} ')]))


def built_for(copy: Copy, rng: Random, slug: str) -> None:
    if rng.random() < .5:
        copy.date = f"202{rng.randrange(7, 9)}-01-0{rng.randrange(1, 9)}"
    else:
        copy.address = f"https://{copy.word()}.example/en/latest/"


def read_next(copy: Copy, rng: Random, slug: str) -> None:
    other = rng.choice([s for s in copy.slugs() if s != slug])
    text = re.sub(r"^read_next.*\n", "", copy.read(f"essays/{slug}.md"), flags=re.MULTILINE)
    copy.write(f"essays/{slug}.md", text.replace("blogpost: true\n", f"blogpost: true\nread_next: {other}\nread_next_because: It follows.\n", 1)
               if rng.random() < .7 else text)


def corrected(copy: Copy, rng: Random, slug: str) -> None:
    text = re.sub(r"^changes:\n(?:[- ] .*\n)*", "", copy.read(f"essays/{slug}.md"), flags=re.MULTILINE)
    copy.write(f"essays/{slug}.md", text.replace(
        "blogpost: true\n", f"blogpost: true\nchanges:\n- date: 2026-0{rng.randrange(1, 9)}-02\n  what: A {copy.word()}.\n"
                            f"  corrects: {slug}-part{rng.randrange(7)}\n", 1))


def order(copy: Copy, rng: Random, slug: str) -> None:
    """Of the pages that are no essays, anywhere among these, whose own order is the owner's."""
    head, entries = copy.read("index.md").split(":hidden:\n\n")
    names = entries.split("\n```")[0].split("\n")
    for page in rng.sample(["about", "glossary"], 2):
        names.remove(page)
        names.insert(rng.randrange(len(names) + 1), page)
    copy.write("index.md", f"{head}:hidden:\n\n" + "\n".join(names) + "\n```\n")


def listing(copy: Copy, rng: Random, slug: str) -> None:
    text = copy.read(f"essays/{slug}.md")
    shown = "```{listing} shown.sql\n```\n\n"
    if shown in text and rng.random() < .5:
        copy.write(f"essays/{slug}.md", text.replace(shown, ""))
        return
    copy.write(f"labs/{slug}/shown.sql", f"SELECT {copy.word()};\n")
    if shown not in text:
        copy.edit(f"essays/{slug}.md", f"({slug}-evidence)=", f"{shown}({slug}-evidence)=")


def older(copy: Copy, rng: Random, slug: str) -> None:
    """A file from a backup comes with the date it had there."""
    name = rng.choice([f"essays/{slug}.md", f"labs/{slug}/results.json"])
    (heading if name.endswith(".md") else result)(copy, rng, slug)
    new = copy.folder / f"{name}.new"
    shutil.copy(copy.folder / name, new)
    os.utime(new, (1.6e9, 1.6e9))
    new.rename(copy.folder / name)


def broken(copy: Copy, rng: Random, slug: str) -> None:
    """A label goes that other essays may point to, or comes back."""
    text = copy.read(f"essays/{slug}.md")
    old, new = f"({slug}-part1)=", f"({slug}-part1-gone)="
    copy.write(f"essays/{slug}.md", text.replace(new, old) if new in text else text.replace(old, new))


def pin(copy: Copy, rng: Random, slug: str) -> None:
    copy.write("requirements.txt", copy.read("requirements.txt") + f"# {copy.word()}\n")


def nothing(copy: Copy, rng: Random, slug: str) -> None:
    (copy.folder / f"essays/{slug}.md").touch()


EDITS = {edit.__name__: edit for edit in (
    heading, sentence, owners_words, date, tags, added, renamed, deleted, result, replication, claim, figure, figures_swapped, term, template, asset,
    asset_came_or_went, headers, moved, redirect, setting, built_for, read_next, corrected, order, listing, older, broken, pin,
    nothing)}
