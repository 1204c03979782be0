"""A build that fails, is killed or finds no room leaves the last good site; the next one succeeds without `make clean`.

TRENCHES_BENCH=1 kills 200 builds instead of 20.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import time
from pathlib import Path

import copies
import pytest
from copies import EDITS, Copy, assert_as_clean, difference, files

KILLS = 200 if os.environ.get("TRENCHES_BENCH") else 20
SEED = 20261122


@pytest.fixture
def copy(tmp_path) -> Copy:
    made = copies.write(tmp_path / "site")
    assert made.make().returncode == 0
    return made


def test_a_killed_build_leaves_the_old_site_or_the_new_one(copy, trial):
    """Sphinx writes pages into the site one by one, so a build that was killed left half of each."""
    rng, first = random.Random(SEED), copy.slugs()[0]
    killed = survived = old_sites = 0
    started = time.monotonic()
    assert copy.clean().returncode == 0
    took = time.monotonic() - started
    old = files(copy.html)
    while killed < KILLS and survived < 2 * KILLS:
        number = killed + survived
        # Every other edit has the build begin anew: then there is more to be interrupted.
        EDITS["sentence" if number % 2 else "pin"](copy, rng, first)
        EDITS["setting"](copy, rng, first)
        make = subprocess.Popen(copy.command(), cwd=copy.folder, env=copy.environment(), stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, start_new_session=True)
        begun = time.monotonic()
        # Publishing takes a hundredth of a build: every third is killed within it, every sixth as soon as it has happened.
        publishing, before = copy.folder / "_build/new", copy.html.stat().st_ino
        while number % 3 == 2 and make.poll() is None and not publishing.exists():
            time.sleep(.0005)
        while number % 6 == 5 and make.poll() is None and copy.html.stat().st_ino == before:
            time.sleep(.0005)
        try:
            assert make.wait(rng.uniform(0, .06 if number % 3 == 2 else took * 1.2)) == 0, (
                "a build failed that nobody killed; run it again by hand")
            survived += 1
            # The first build had to share the machine: such delays would let most of the others be done before.
            took = min(took, time.monotonic() - begun)
        except subprocess.TimeoutExpired:
            os.killpg(make.pid, signal.SIGKILL)
            make.wait()
            killed += 1
        found = files(copy.html)
        if difference(old, found):
            # Not the old one: then it must be the new one, whole.
            clean = copy.clean()
            assert clean.returncode == 0, clean.stderr
            mixed = difference(found, files(copy.folder / "_clean/html"))
            assert not mixed, "\n".join(["a killed build left a site that is neither; publish in one step "
                                         "(_ext/trenches/build/deploy.py):", *mixed[:9]])
            old = found
        else:
            old_sites += 1
    assert_as_clean(copy)
    left = sorted(path.name for path in (copy.folder / "_build").iterdir())
    assert left == ["begun", "built", "doctrees", "html", "work"], f"{left}: a build left its scaffolding behind; remove it"
    new_sites = killed + survived - old_sites
    trial("kills", f"{killed} builds killed, {survived} done before; {old_sites} old sites, {new_sites} new")
    assert killed == KILLS and new_sites, f"{killed} killed, {new_sites} new sites; too few builds were killed, or none was done: mend the delays"


@pytest.mark.parametrize("room", [0, 40_000])
def test_a_build_without_room_leaves_the_old_site(copy, room):
    """Python answers a full disk with an exception; what was written until then had replaced the last good pages.

    No file may grow beyond ``room`` bytes, so writing stops at another place each time.
    """
    old = files(copy.html)
    EDITS["sentence"](copy, random.Random(SEED), copy.slugs()[0])
    EDITS["pin"](copy, random.Random(SEED), "")
    done = subprocess.run(copy.command(), cwd=copy.folder, env=copy.environment(), capture_output=True, text=True,
                          preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                                              resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))))
    assert done.returncode, f"files over {room} bytes are needed, yet the build did without; lower the limits here"
    assert not difference(old, files(copy.html)), "the site changed; publish only what is whole"
    assert_as_clean(copy)


def test_a_full_disk_while_publishing_is_told_in_one_line(copy):
    """The last step copies: it fails when Sphinx just had room for its own."""
    old = files(copy.html)
    EDITS["sentence"](copy, random.Random(SEED), copy.slugs()[0])
    # A file where deploy.py makes a folder is as good as no room; nothing else of the build goes there.
    blocker = copy.folder / "_build/new"
    blocker.write_text("in the way")
    done = copy.make()
    assert not difference(old, files(copy.html)) or done.returncode == 0
    assert "Traceback" not in done.stderr, f"{done.stderr}\nend deploy.py with one line: what failed, and the cure"
    blocker.unlink(missing_ok=True)
    assert_as_clean(copy)


def test_a_failed_build_changes_nothing_and_the_next_succeeds(copy):
    """Sphinx keeps the pages of a failed strict build, and the next build then passes without the warning."""
    old, name = files(copy.html), f"essays/{copy.slugs()[0]}.md"
    good = copy.read(name)
    for mistake in ("[nowhere](#nowhere)", "{result}`run.none`", "```{chart} none\n```", "# Second\n\n## Third"):
        copy.write(name, f"{good}\n{mistake}\n")
        assert copy.make().returncode, f"{mistake!r} passes; refuse it"
        assert not difference(old, files(copy.html)), f"{mistake!r} changed the site; publish only what is whole"
    copy.write(name, good)
    assert_as_clean(copy)
    assert not difference(old, files(copy.html))


def test_nothing_is_written_outside_the_build_folder(copy):
    """A listing of `../../x.txt` was copied to the same path under the site, so above it."""
    def others() -> dict[str, bytes]:
        inside = ("_build/", "_clean/")
        return {name: data for name, data in files(copy.folder.parent).items()
                if not name.startswith(tuple(f"site/{part}" for part in inside)) and "__pycache__" not in name}

    copy.write("../x.txt", "not of this site\n")
    slug = copy.slugs()[0]
    good, before = copy.read(f"essays/{slug}.md"), None
    for path in ("../../../x.txt", "../../x.txt", f"../{copy.slugs()[1]}/x.txt", "figures/../../../../x.txt"):
        (Path(copy.folder) / f"labs/{slug}" / path).resolve().write_text("not of this lab\n")
        copy.write(f"essays/{slug}.md", good.replace(f"({slug}-evidence)=", f"```{{listing}} {path}\n```\n\n({slug}-evidence)="))
        before = others()
        done = copy.make()
        assert done.returncode and f"essays/{slug}.md" in done.stderr, f"the listing {path} is of no file of this lab; refuse it"
        assert others() == before
