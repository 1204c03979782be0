"""Where search puts the right section, for each of the judged queries, asked in a browser as a reader asks."""

import datetime
import os
import shutil
import subprocess
import sys
import tomllib
from contextlib import contextmanager
from pathlib import Path

from _harness import LabError
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
QUERIES = tomllib.loads((ROOT / "tests/search-queries.toml").read_text(encoding="utf-8"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FIND = "async query => (await trenchesSearch.find(query)).results.map(({place, section}) => [place, section])"


@contextmanager
def browser():
    """The browser of this machine, without a window. LabError if there is none."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        raise LabError(f"no browser found ({', '.join(BROWSERS)}); as root run: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable)
        yield started
        started.close()


def built_site(folder):
    """Build the site as it stands into ``folder``; not strictly, since it may quote what this run is to record."""
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-d", folder / "doctrees", ROOT, folder / "html"]
    done = subprocess.run(command, env=os.environ | {"BUILD_DATE": datetime.date.today().isoformat()}, capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"the site does not build: {done.stderr.strip()[-300:]}")
    return folder / "html"


def answers(right):
    """The places of which each is a right answer."""
    return {right} if isinstance(right, str) else set(right)


def ranks(browser, site):
    """{half: {query: the place of the first right answer among the results, 0 if it is not there}} on the site at an address."""
    page = browser.new_page()
    page.goto(f"{site}/search.html")

    def rank(query, right):
        wanted = answers(right)
        return next((place for place, found in enumerate(page.evaluate(FIND, query), 1) if wanted & set(found)), 0)

    ranked = {half: {query: rank(query, right) for query, right in queries.items()} for half, queries in QUERIES.items()}
    page.close()
    return ranked


def within(places, most):
    """How many of the places are the first so many."""
    return sum(1 <= place <= most for place in places)
