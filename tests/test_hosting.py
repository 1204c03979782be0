"""The site builds on Read the Docs as it does here, and follows the address that the host gives it."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = "https://trenches.example/en/latest/"
CONFIG = yaml.safe_load((ROOT / ".readthedocs.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def hosted(build, tmp_path_factory):
    """The site as the host builds it: its own commands, its variables, its output folder."""
    output = tmp_path_factory.mktemp("hosted")
    jobs = CONFIG["build"]["jobs"]
    steps = [step for steps in (*jobs.values(), *jobs["build"].values()) if isinstance(steps, list) for step in steps]
    return build("\n".join(steps), html=output / "html", READTHEDOCS="True", READTHEDOCS_OUTPUT=str(output),
                 READTHEDOCS_CANONICAL_URL=ADDRESS)


def test_the_host_runs_the_readmes_command():
    """With the `sphinx:` key the host runs its own sphinx-build: not strict, and other pins than ours."""
    assert "sphinx" not in CONFIG and "commands" not in CONFIG["build"]
    assert [step.split()[:2] for step in CONFIG["build"]["jobs"]["build"]["html"]] == [["make", "html"]]


def test_every_page_follows_the_hosts_address(hosted):
    """Nothing is injected into conf.py any more: a site that does not ask keeps telling its old address."""
    assert hosted.pages, "the host's command built nothing into $READTHEDOCS_OUTPUT/html"
    for name, tree in hosted.pages.items():
        assert tree.xpath("//link[@rel='canonical']/@href") == [ADDRESS + name], name
        for address in tree.xpath("//meta[@property='og:url' or @property='og:image']/@content"):
            assert address.startswith(ADDRESS), f"{name}: {address}"


def test_the_host_offers_the_book(hosted):
    """A format that the configuration names and no step makes fails the host's build after the site's."""
    assert CONFIG["formats"] == ["epub"]
    assert len(list((hosted.root.parent / "epub").glob("*.epub"))) == 1


def test_no_file_keeps_the_default_address(hosted, site):
    """The feeds had their own setting for the address, and kept the default one."""
    texts = [name for name in hosted.files if name.endswith((".html", ".xml", ".atom", ".json"))]
    assert any(name.endswith((".xml", ".atom")) for name in texts), "no feed was built"
    kept = [name for name in texts if site.base in hosted.files[name].read_text(encoding="utf-8")]
    assert not kept, f"{kept} name {site.base}; use SITE_URL of conf.py"


def test_the_host_builds_the_same_files(hosted, site):
    """A second way to build the site was a second site."""
    assert set(hosted.files) == set(site.files)
