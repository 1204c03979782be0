"""What a build gives does not depend on the builds before it, nor on where, when and under which settings it runs.

Random edits drive it: each step changes the sources and holds the incremental build to the bytes of a clean one. The
site has no drafts and no categories, so no edit is of those. TRENCHES_BENCH=1 runs more and longer sequences.
"""

from __future__ import annotations

import datetime
import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import copies
import pytest
import trenches
from copies import EDITS, Copy, assert_as_clean, files
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

BENCH = bool(os.environ.get("TRENCHES_BENCH"))


class Builds:
    """A built copy that every test gets anew at the same path: Sphinx reads all of a site that has moved."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.kept = folder / "site", folder / "kept"
        done = copies.write(self.folder).make()
        assert done.returncode == 0, done.stderr
        shutil.copytree(self.folder, self.kept)

    def fresh(self) -> Copy:
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder)
        return Copy(self.folder)


@pytest.fixture(scope="module")
def builds(tmp_path_factory) -> Builds:
    return Builds(tmp_path_factory.mktemp("builds"))


@pytest.fixture
def copy(builds) -> Copy:
    return builds.fresh()


def test_any_sequence_of_edits_gives_the_clean_builds_bytes(builds, trial):
    """Pages quoted headings, figure numbers and addresses that other pages had long since changed."""
    counted = dict.fromkeys(EDITS, 0)

    class Editing(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.copy, self.edited = builds.fresh(), False

        @rule(edits=st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=3, unique=True), seed=st.integers(0, 999))
        def edit(self, edits: list[str], seed: int) -> None:
            rng = Random(seed)
            for name in edits:
                EDITS[name](self.copy, rng, rng.choice(self.copy.slugs()))
                counted[name] += 1
            self.edited = True

        @invariant()
        def incremental_is_clean(self) -> None:
            if self.edited:
                assert_as_clean(self.copy)
            self.edited = False

    run_state_machine_as_test(Editing, settings=settings(
        max_examples=40 if BENCH else 3, stateful_step_count=12 if BENCH else 5, deadline=None, derandomize=not BENCH,
        database=None, suppress_health_check=list(HealthCheck), print_blob=False,
        # Shrinking takes hundreds of builds; a sequence this short can be read as it is.
        phases=[Phase.generate]))
    trial("edits", f"{sum(counted.values())} in random sequences, {sum(map(bool, counted.values()))} of {len(counted)} kinds")


@pytest.mark.parametrize("part", range(5))
def test_every_kind_of_edit_gives_the_clean_builds_bytes(copy, part):
    """Random sequences this short pass some kinds of edit by."""
    rng = Random(part)
    names = list(EDITS)
    for name in rng.sample(names[part::5], len(names[part::5])):
        EDITS[name](copy, rng, rng.choice(copy.slugs()))
    assert_as_clean(copy)


def test_pages_written_by_several_processes_are_the_same(copy):
    """What a process notes while it writes pages is lost with it. Sphinx reads serially all the same, and under -W fails for it."""
    assert copy.clean().returncode == 0
    done = subprocess.run([sys.executable, "-m", "sphinx", "-q", "-j", "2", "-b", "html", "-d", "_jobs/doctrees", ".", "_jobs/html"],
                          cwd=copy.folder, env=copy.environment(BUILD_DATE=copy.date), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not copies.difference(files(copy.folder / "_clean/work"), files(copy.folder / "_jobs/html"))


def test_an_edited_sentence_leaves_the_lists_of_essays_alone(copy):
    """The landing page and every list of essays were written again at each save, and they grow with the archive."""
    assert copy.make().returncode == 0  # The copy's files are younger than what was built of them.
    written = {path: path.stat().st_mtime_ns for path in copy.html.rglob("*.html")}
    slug, other = copy.slugs()[:2]
    copy.edit(f"essays/{slug}.md", f"({slug}-part1)=", f"A sentence about nothing.\n\n({slug}-part1)=")
    assert_as_clean(copy)
    again = {path.relative_to(copy.html).as_posix() for path, moment in written.items() if path.stat().st_mtime_ns != moment}
    assert f"essays/{slug}.html" in again
    lists = {"index.html", "archive.html", "archive/tag.html", "claims.html", "search.html", f"essays/{other}.html"}
    assert not again & lists, "these show nothing of the sentence; see to_write in _ext/trenches/build/outputs.py"


def test_a_reference_without_words_follows_the_heading_that_it_quotes(copy):
    """Sphinx resolves references when it writes a page, and left the old heading in pages that nobody had touched."""
    for slug in copy.slugs()[:2]:
        EDITS["figures_swapped"](copy, Random(1), slug)
        text = copy.read(f"essays/{slug}.md")
        old = text.partition(f"({slug}-part1)=\n\n")[2].partition("\n")[0]
        copy.write(f"essays/{slug}.md", text.replace(old, f"## {copy.word()}"))
        assert_as_clean(copy)


def test_a_label_that_went_is_missed_by_the_pages_that_lead_to_it(copy):
    """Only a clean build told of the dead reference: the next author met it, not the one who had made it."""
    slug = copy.slugs()[0]
    copy.edit(f"essays/{slug}.md", f"({slug}-part1)=", f"({slug}-part-one)=")
    done = copy.make()
    assert done.returncode and f"{slug}-part1" in done.stderr, "no page that refers to the label was written again"


def test_the_address_of_the_site_changes_where_it_is_quoted(copy):
    """Sphinx writes pages anew for another address but reads none, and about.html quotes it in a line of code."""
    copy.address = "https://elsewhere.example/"
    assert_as_clean(copy)


# What pages show that is not theirs -> an edit that changes it (file, pattern, new) and a page that shows it.
CHANGES = {
    "assets": ("_static/trenches.css", r"\Z", "/* */", "about.html"),
    "quoted": ("essays/{0}.md", r"(?<=\({0}-part1\)=\n\n).*", "## Novelty", "essays/{2}.html"),
    "backlinks": ("essays/{0}.md", "points to", "points today to", "essays/{1}.html"),
    "tags": ("essays/{0}.md", "(?<=^tags: ).*", "[ai]", "essays/{1}.html"),
    "landing": ("essays/{0}.md", "(?<=figure_words: ).*", "novelty", "index.html"),
    "compared": ("labs/{0}/replications/2026-11-21-1.json", r'(?<="run.v0.pages": \{\n   "value": ).*(?=,)', "777", "about.html"),
    "measured": ("labs/{0}/test_claims.py", "is below", "is far below", "claims.html"),
    "found": ("essays/{0}.md", r"(?<=\({0}-part1\)=\n\n).*", "## Novelty", "search.html"),
}


@pytest.mark.parametrize("shown", [one.name for room in trenches.ROOMS
                                   for one in getattr(importlib.import_module(f"trenches.{room}"), "SHOWN", ())])
def test_a_page_that_shows_what_others_say_is_written_when_that_changes(copy, shown):
    """Three lists were compared with the last build's in three ways; each new one would have needed a fourth."""
    assert shown in CHANGES, f"say here how {shown} changes, and on which page that is seen"
    slugs = copy.slugs()
    file, old, new, page = (part.format(*slugs) if "(?" not in part else part.replace("{0}", slugs[0]) for part in CHANGES[shown])
    before = (copy.html / page).read_bytes()
    text = copy.read(file)
    copy.write(file, re.sub(old, new, text, flags=re.MULTILINE))
    assert copy.read(file) != text, f"{file} no longer has {old}; mend this test"
    assert_as_clean(copy)
    assert (copy.html / page).read_bytes() != before, f"{page} does not show it, or was not written"


@pytest.mark.parametrize("name", ["essays/{0}.md", "labs/{0}/results.json", "_templates/after.html", "_static/trenches.css"])
def test_a_file_from_a_backup_is_read_although_it_is_older(copy, name):
    """Make and Sphinx ask whether a file is newer than what they have; cp -p and rsync -t keep the date of the backup."""
    path = copy.folder / name.format(copy.slugs()[0])
    text = path.read_text(encoding="utf-8")
    for word in ("older", "elder"):  # The second has the size and the date of the first.
        edited = text.replace("pages of run", f"{word} run").replace("The generated", f"The {word}").replace("Read next", word)
        path.write_text(edited if edited != text else f"{text}/* {word} */\n", encoding="utf-8")
        os.utime(path, (1_600_000_000, 1_600_000_000))
        assert_as_clean(copy)


def test_an_essay_that_is_still_to_be_read_next_cannot_go(copy):
    """Front matter is checked when an essay is read, and the one that names another is not read when that goes."""
    first = copy.slugs()[0]
    EDITS["added"](copy, Random(1), first)
    last = copy.slugs()[-1]
    copy.edit(f"essays/{first}.md", "blogpost: true", f"blogpost: true\nread_next: {last}\nread_next_because: It follows.")
    assert_as_clean(copy)
    (copy.folder / f"essays/{last}.md").unlink()
    copy.edit("index.md", f"essays/{last}\n", "")
    assert_as_clean(copy)
    assert f"`read_next: {last}` is no other essay" in copy.make().stderr


def test_a_changed_pin_builds_anew(copy):
    """Make began anew, found no source newer than the site, and left the site that the old version had built."""
    built = (copy.folder / "_build/built").stat().st_mtime_ns
    EDITS["pin"](copy, Random(1), "")
    assert_as_clean(copy)
    assert (copy.folder / "_build/built").stat().st_mtime_ns > built, "nothing was built; see CODE in _ext/trenches/build/make.py"


@pytest.mark.parametrize("kind", ["image", "image in the glossary", "download", "extra file", "extra folder", "folder in an extra folder"])
def test_what_sphinx_copies_is_published_and_goes_when_nothing_leads_to_it(copy, kind):
    """Images, downloads and what stood in a folder of `html_extra_path` were taken for what a deleted essay had left behind."""
    slug = copy.slugs()[0]
    page, name = {"image": (f"essays/{slug}.md", f"labs/{slug}/shot.png"), "image in the glossary": ("glossary.md", "essays/shot.png"),
                  "download": (f"essays/{slug}.md", f"labs/{slug}/raw.csv")}.get(kind, ("conf.py", {
                      "extra file": "extra.txt", "extra folder": "extra/given.txt"}.get(kind, "extra/.well-known/deep/given.txt")))
    first = (copy.folder / "_static/card.png").read_bytes() if kind.startswith("image") else b"first"
    (copy.folder / name).parent.mkdir(parents=True, exist_ok=True)
    (copy.folder / name).write_bytes(first)
    good = copy.read(page)
    end = f"({slug}-evidence)=" if f"({slug}-evidence)=" in good else "(glossary)="
    extra = f'html_extra_path = ["_headers", "{name.partition("/")[0]}"]'
    address = name if page == "glossary.md" else f"../{name}"
    shown = {"image": f"![A shot.]({address})\n\n", "download": f"{{download}}`raw <{address}>`\n\n"}.get(kind.partition(" ")[0], "")
    copy.edit(page, *(('html_extra_path = ["_headers"]', extra) if page == "conf.py" else (end, f"{shown}{end}")))

    def copies() -> list[bytes]:
        return [path.read_bytes() for path in copy.html.rglob(Path(name).name) if path.is_file() and "labs" not in path.parts]

    assert_as_clean(copy)
    assert copies() == [first], f"{name} is referenced, and was pruned (_ext/trenches/build/outputs.py)"
    EDITS["sentence"](copy, Random(1), copy.slugs()[1])
    assert_as_clean(copy)
    assert copies() == [first], "the build after the one that had copied it pruned it"
    copy.write(page, good)
    assert_as_clean(copy)
    assert not copies(), f"nothing leads to {name} any more, and it is still published"


def test_a_build_depends_on_neither_place_nor_locale_nor_zone_nor_hash_seed(copy, tmp_path):
    """Feeds carried the clock, months came in the language of the machine, sets in the order of the hash seed."""
    locale = tmp_path / "de_DE.UTF-8"
    made = shutil.which("localedef") and os.system(f"localedef -i de_DE -f UTF-8 {locale} >{tmp_path}/log 2>&1") == 0
    other = Copy(Path(shutil.copytree(copy.folder, tmp_path / "else where" / "site", ignore=shutil.ignore_patterns("_build", "_clean"))))
    copy.date = other.date = "2027-03-09"
    place = {"LC_ALL": "de_DE.UTF-8", "LOCPATH": str(tmp_path)} if made else {"LC_ALL": "C"}
    done = other.make(TZ="Pacific/Kiritimati", PYTHONHASHSEED="7", **place)
    assert done.returncode == 0, done.stderr
    assert copy.make(TZ="America/Los_Angeles", PYTHONHASHSEED="1", LC_ALL="C.UTF-8").returncode == 0
    assert copy.clean().returncode == 0
    found = copies.difference(files(copy.folder / "_clean/html"), files(other.html))
    assert not found, "\n".join(["two clean builds differ; take every date and order from the sources:", *found])
    # The ledger of evidence in the corpus ends on 2026-11-20, so today's date can only be the clock's.
    today = datetime.date.today()
    spellings = [today.isoformat(), f"{today.day} {today:%B %Y}", f"{today:%b} {today.day}, {today.year}"]
    told = [name for name, data in files(other.html).items() for day in spellings if day.encode() in data]
    assert not told, f"{told} hold today's date; judge by BUILD_DATE, which the Makefile gives"
