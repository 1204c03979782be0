"""From a number to the run: the addresses that a page has in the repository, all of them from one setting."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import lxml.html
import pytest
from _harness.results import Value
from trenches.build.errors import SourceError
from trenches.evidence.repository import Repository, settled

ROOT = Path(__file__).resolve().parents[1]
SLUG = "query-optimization"
LAB = f"labs/{SLUG}"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
# Of each host: the address given, and what its addresses of a file, a folder, a commit and the issues begin with.
HOSTS = {
    "https://github.com/owner/name": ("/blob/", "/tree/", "/commit/", "/issues"),
    "https://gitlab.com/group/part/name": ("/-/blob/", "/-/tree/", "/-/commit/", "/-/issues"),
    "https://gitlab.example.org:8443/owner/name": ("/-/blob/", "/-/tree/", "/-/commit/", "/-/issues"),
    "https://codeberg.org/owner/name": ("/src/commit/", "/src/commit/", "/commit/", "/issues"),
    "https://gitea.example.org/owner/name": ("/src/commit/", "/src/commit/", "/commit/", "/issues"),
}


@pytest.fixture
def sample(tmp_path) -> Path:
    """The sample site, one of whose values says where it was recorded."""
    site = Path(shutil.copytree(ROOT / "tests/roots/evidence", tmp_path / "site"))
    edit(site, '"n": 3, "low"', f'"n": 3, "where": "{LAB}/times.py:97", "low"')
    return site


def edit(site: Path, old: str, new: str) -> None:
    path = site / LAB / "results.json"
    text = path.read_text(encoding="utf-8")
    assert old in text, f"the sample no longer has {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def sphinx(site: Path, repository: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", site / "_doctrees", "-D", f"trenches_repository={repository}", site, site / "_html"]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SITE": str(ROOT)})


def build(site: Path, repository: str) -> lxml.html.HtmlElement:
    """The evidence panel of the essay, built with that setting."""
    done = sphinx(site, repository)
    assert done.returncode == 0, done.stderr
    page = lxml.html.document_fromstring((site / f"_html/essays/{SLUG}.html").read_bytes())
    return page.get_element_by_id("evidence-panel")


def twin(site: Path) -> str:
    return (site / f"_html/essays/{SLUG}.md").read_text(encoding="utf-8")


def addresses(panel: lxml.html.HtmlElement) -> list[str]:
    return panel.xpath(".//a[contains(@href, '://')]/@href")


def text(element) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.parametrize("repository", HOSTS)
def test_every_address_is_the_hosts_own(repository):
    """What GitHub calls blob, others call another name: a link that is right on one host is dead on the next."""
    file, folder, commit, issues = (repository + part for part in HOSTS[repository])
    found, value = Repository(repository), Value("a.key", 1, "count", "a value", 1, where=f"{LAB}/times.py:97")
    assert (found.commit(COMMIT), found.line(value, COMMIT), found.issues) == (f"{commit}{COMMIT}", f"{file}{COMMIT}/{LAB}/times.py#L97", issues)
    assert dict(found.parts(LAB, COMMIT, "samples")) == {"samples": f"{folder}HEAD/{LAB}/samples"} | {
        name: f"{file}{COMMIT}/{LAB}/{name}" for name in ("run", "README.md", "test_claims.py")}


def test_every_address_of_the_panel_follows_from_one_setting(sample):
    """No page held an address of the repository; and a line of its main branch is another one by the next commit."""
    repository = "https://github.com/owner/name"
    panel = build(sample, repository)
    assert addresses(panel) == [
        f"{repository}/commit/{COMMIT}", *(f"{repository}/blob/{COMMIT}/{LAB}/{name}" for name in ("run", "README.md", "test_claims.py")),
        *(f"{repository}/tree/HEAD/{LAB}/{name}" for name in ("samples", "replications")), f"{repository}/issues",
        f"{repository}/blob/{COMMIT}/{LAB}/times.py#L97"]
    (said,) = panel.xpath(".//div[dt='Reproduce']/dd")
    assert text(said) == (f"git clone {repository} && cd name, then make lab slug={SLUG} quick=1 for a short run, "
                          f"or make lab slug={SLUG} again=1 for a full one, in a file beside ours: send it to us")
    (link,) = panel.xpath(".//tr[@id='result-sample-latency-ms']//a[code]")
    assert (text(link), link.get("href")) == (f"{LAB}/times.py:97", addresses(panel)[-1])
    assert not [address for address in addresses(panel) if address not in twin(sample)], "the twin has the same addresses"


def test_without_the_setting_the_panel_pretends_nothing(sample):
    """A clone command without an address, or a "send it to us" that leads nowhere, is worse than none."""
    panel = build(sample, "")
    assert not addresses(panel) and not panel.xpath(".//dt[.='Lab']")
    assert text(panel.xpath(".//div[dt='Reproduce']/dd")[0]) == f"make lab slug={SLUG}"
    assert f"recorded at {LAB}/times.py:97" in text(panel) and f"recorded at `{LAB}/times.py:97`" in twin(sample)
    for said in (text(panel), twin(sample)):
        assert not re.search("git clone|send it|None|Commit:|Lab:", said)


def test_a_commit_that_does_not_hold_what_ran_is_not_linked(sample):
    """Of a "+dirty" run the line at that commit may be any line."""
    edit(sample, COMMIT, f"{COMMIT}+dirty")
    panel = build(sample, "https://github.com/owner/name")
    assert not [address for address in addresses(panel) if COMMIT in address] and COMMIT[:12] + "+dirty" in text(panel)
    assert [text(link) for link in panel.xpath(".//div[dt='Lab']//a")] == ["samples", "replications"]
    assert f"recorded at {LAB}/times.py:97" in text(panel)


def test_a_host_whose_addresses_are_not_known_gets_those_of_the_repository_alone(sample):
    """Guessed like GitHub's, each of a hundred links of a page would be dead."""
    panel = build(sample, "https://git.example.org/owner/name")
    assert addresses(panel) == ["https://git.example.org/owner/name"] and "git clone https://git.example.org/owner/name " in text(panel)
    assert not panel.xpath(".//dt[.='Lab']")


@pytest.mark.parametrize("given", [
    "https://github.com/owner/name", "https://github.com/owner/name.git", "https://github.com/owner/name/", "git@github.com:owner/name.git",
    "org-7@github.com:owner/name", "ssh://git@github.com/owner/name.git", "ssh://git@github.com:22/owner/name.git",
    "https://GitHub.com/owner/name", "HTTPS://github.com/owner/name", "https://x-access-token:v1.secret@github.com/owner/name.git", "https://v1.secret@github.com/owner/name", "https://u@x:v1.secret@github.com/owner/name"])
def test_whatever_git_clones_from_is_an_address_for_readers(given):
    """Hosts hand down what they clone from: by SSH, or with a token that is not for readers."""
    assert settled(given) == "https://github.com/owner/name"


@pytest.mark.parametrize("given", [
    "/srv/git/name.git", "../name", "file:///srv/git/name", "http://github.com/owner/name", "github.com/owner/name", "https://github.com",
    "https://name", "https://github.com/owner/name?token=secret", "https://github.com/owner/name#secret", "https://github.com/owner name",
    "https://u:se/cret@github.com/owner/name", "https://github.com/owner/name\n", 'https://github.com/owner/"name', "https://github.com//name",
    "https://github.com/owner/;secret", "https://github.com/owner", "https://github.com/owner/..", "https://github.com/owner/-secret", "git@github.com:owner/$(secret)", " "])
def test_what_no_reader_could_clone_is_refused_without_being_said(given):
    """A folder of the builder's machine stood on the page; and a refusal goes into a log that others read."""
    with pytest.raises(SourceError, match="^conf.py: trenches_repository is not the address of a repository; give one such as") as refusal:
        settled(given)
    assert "secret" not in str(refusal.value) and "\n" not in str(refusal.value)


def test_a_build_with_no_repository_s_address_ends_in_one_line(sample):
    """A traceback would say the token that the address held."""
    done = sphinx(sample, "http://x:secret@github.com/owner/name")
    assert done.returncode and done.stderr.count("\n") == 1 and "secret" not in done.stderr, done.stderr
    assert not list(sample.glob("_html/**/*.html"))


def test_another_repository_is_on_every_page_of_the_next_build(sample):
    """The panel is read once and kept: a page that nothing else changed kept the addresses of the old repository."""
    build(sample, "https://github.com/owner/old")
    assert "owner/old" not in lxml.html.tostring(build(sample, "https://v1.secret@github.com/owner/new"), encoding="unicode")
    kept = [path for path in sample.rglob("*") if path.is_file() and b"v1.secret" in path.read_bytes()]
    assert not kept, f"{kept}; the address is settled before Sphinx keeps it"
