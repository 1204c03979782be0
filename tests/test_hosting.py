"""The site builds on hosts as it does here, and follows the address that it is given. HOSTING.md says what each host runs."""

import json
import re
import runpy
import subprocess
from pathlib import Path

import copies
import pytest
import yaml
from copies import Copy, assert_as_clean, difference, files
from trenches.build.address import settled
from trenches.build.errors import SourceError

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = "https://trenches.example/en/latest/"
TOKEN = "v1.secret"
CONFIG = yaml.safe_load((ROOT / ".readthedocs.yaml").read_text(encoding="utf-8"))
PAGE = (ROOT / "HOSTING.md").read_text(encoding="utf-8")
WORKFLOW = yaml.safe_load(re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1])["jobs"]["pages"]["steps"]
# Host -> its command, the folder that it publishes, and what it has in the environment.
HOSTS = {name: (command, folder, dict(re.findall(r"`(\w+)=([^`]*)`", variables)))
         for name, command, folder, variables in re.findall(r"^\| ([A-Z][\w ]+) \| `(.+?)` \| `(.+?)` \| (.*) \|$", PAGE, re.MULTILINE)}
HOSTS["GitHub Pages"] = (next(step["run"] for step in WORKFLOW if "run" in step),
                         next(step["with"]["path"] for step in WORKFLOW if "with" in step), {})
# What the hosts themselves put in.
GIVEN = {"$URL": "https://mill.netlify.example", "${{ steps.pages.outputs.base_url }}": "https://mill.github.example/gate", "<project>": "mill", "<owner>": "miller", "<name>": "mill"}
ADDRESSES = {"Netlify": "https://mill.netlify.example/", "Cloudflare Pages": "https://mill.pages.dev/", "GitHub Pages": "https://mill.github.example/gate/"}


@pytest.fixture(scope="module")
def hosted(build, tmp_path_factory):
    """The site as the host builds it: its own commands, its variables, its output folder."""
    output = tmp_path_factory.mktemp("hosted")
    jobs = CONFIG["build"]["jobs"]
    steps = [step for steps in (*jobs.values(), *jobs["build"].values()) if isinstance(steps, list) for step in steps]
    return build("\n".join(steps), html=output / "html", READTHEDOCS="True", READTHEDOCS_OUTPUT=str(output),
                 READTHEDOCS_CANONICAL_URL=ADDRESS, READTHEDOCS_GIT_CLONE_URL=f"https://x-access-token:{TOKEN}@github.com/example/trenches.git")


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


def test_every_essay_leads_to_the_repository_that_the_host_builds_from(hosted):
    """No page held an address of the repository: whoever doubted a number could read its command and run nothing."""
    panels = {name: hosted.pages[name].get_element_by_id("evidence-panel") for name in hosted.of_kind("essay")}
    for name, panel in panels.items():
        lab = f"labs/{Path(name).stem}"
        commit = json.loads(hosted.files[f"{lab}/results.json"].read_text(encoding="utf-8"))["receipt"]["commit"]
        found = set(panel.xpath(".//a[starts-with(@href, 'https:')]/@href"))
        pinned = f"https://github.com/example/trenches/blob/{commit}/{lab}/"
        assert {f"{pinned}run", f"{pinned}README.md", f"{pinned}test_claims.py"} <= found, name
        assert "git clone https://github.com/example/trenches && cd trenches" in panel.text_content(), name


def test_no_file_has_the_token_with_which_the_host_fetches(hosted):
    """Netlify hands down https://x-access-token:…@github.com/owner/name: on a page it is everybody's."""
    leaks = [name for name, path in hosted.files.items() if TOKEN.encode() in path.read_bytes()]
    assert not leaks, f"{leaks}; see settled in _ext/trenches/evidence/repository.py"


GITHUB = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "our/github"}
READTHEDOCS = {"READTHEDOCS_GIT_CLONE_URL": "https://github.com/our/readthedocs.git"}
SET = {"REPOSITORY_URL": "https://github.com/our/own"}


@pytest.mark.parametrize(("given", "named"), [
    ({}, ""), ({"GITHUB_SERVER_URL": "https://github.com"}, ""), ({"GITHUB_REPOSITORY": ""}, ""), ({"GITHUB_REPOSITORY": "our/github"}, "https://github.com/our/github"),
    (GITHUB | READTHEDOCS | {"REPOSITORY_URL": ""}, ""), (GITHUB, "https://github.com/our/github"),
    (GITHUB | READTHEDOCS, "https://github.com/our/readthedocs.git"), (GITHUB | READTHEDOCS | SET, "https://github.com/our/own")])
def test_the_repository_is_what_the_host_names_unless_it_is_set(monkeypatch, given, named):
    """A fork's pages would lead to the repository that it was forked from."""
    for name in (*GITHUB, *READTHEDOCS, *SET):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert runpy.run_path(str(ROOT / "conf.py"))["trenches_repository"] == named


def test_the_host_builds_the_same_files(hosted, site):
    """A second way to build the site was a second site."""
    assert set(hosted.files) == set(site.files)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Copy:
    """A checkout as a host gets it: no environment, nothing built."""
    return copies.write(tmp_path_factory.mktemp("fresh") / "checkout")


def shell(copy: Copy, command: str, **variables: str) -> subprocess.CompletedProcess:
    for name, value in GIVEN.items():
        command, variables = command.replace(name, value), {key: text.replace(name, value) for key, text in variables.items()}
    environment = copy.environment(**variables) | {"BUILD_DATE": copy.date}
    return subprocess.run(["bash", "-ec", command], cwd=copy.folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("host", ADDRESSES)
def test_what_a_host_runs_publishes_the_site_for_its_address(fresh, host):
    """A page about hosts that nobody runs is right until something changes."""
    assert set(HOSTS) == set(ADDRESSES), "HOSTING.md tells of other hosts"
    command, folder, variables = HOSTS[host]
    done = shell(fresh, command, **variables)
    assert done.returncode == 0, done.stderr
    assert (fresh.folder / ".venv/site").exists(), "the host's command has the requirements installed"
    assert f"<loc>{ADDRESSES[host]}index.html</loc>" in fresh.read(f"{folder}/sitemap.xml")


def test_a_web_server_gets_the_folder_and_every_header(fresh, site, tmp_path):
    """Where nothing reads _headers, the pages come without their policy."""
    commands = "\n".join(re.findall(r"^    (make html HTML=.*|sed .*)$", PAGE, re.MULTILINE))
    done = shell(fresh, commands.replace("/srv/site", str(tmp_path / "site")).replace("/etc/nginx", str(tmp_path)))
    assert done.returncode == 0, done.stderr
    told = dict(re.findall(r'^add_header (\S+) "([^"]*)" always;$', (tmp_path / "site-headers").read_text(), re.MULTILINE))
    assert len((tmp_path / "site-headers").read_text().splitlines()) == len(told)
    assert told == site.headers and "Content-Security-Policy" in told
    assert (tmp_path / "site/404.html").exists()


def test_what_a_branch_of_github_pages_needs_stays_in_the_folder(fresh, tmp_path):
    """Without `.nojekyll` it publishes no file below _static, and a build that tidied up would remove it."""
    publish = f"make html HTML={tmp_path / 'docs'}"
    assert shell(fresh, publish).returncode == 0
    (tmp_path / "docs/.nojekyll").touch()
    fresh.edit("about.md", "What this is.", "What this was.")
    assert shell(fresh, publish).returncode == 0
    assert "What this was." in (tmp_path / "docs/about.html").read_text() and (tmp_path / "docs/.nojekyll").exists()


@pytest.mark.parametrize("way", ["in the environment", "on the command line"])
def test_one_variable_goes_before_the_hosts_own(fresh, way):
    """The host's went before what the site's owner said, and a changed address left the last build's pages as they were."""
    given = {"READTHEDOCS_CANONICAL_URL": ADDRESS}
    for address in ("https://one.example/", "https://two.example/notes/"):
        done = (shell(fresh, "make html", SITE_URL=address, **given) if way == "in the environment" else
                shell(fresh, f"make html SITE_URL={address}", **given))
        assert done.returncode == 0, done.stderr
        assert f"<loc>{address}index.html</loc>" in fresh.read("_build/html/sitemap.xml")


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Copy:
    return copies.write(tmp_path_factory.mktemp("addresses") / "site")


@pytest.mark.parametrize(("address", "closed"), [
    ("https://x.example/en/latest", "https://x.example/en/latest/"), ("http://x.example", "http://x.example/"),
    ("HTTPS://X.example:8443/A%20b//", "https://x.example:8443/A%20b/")])
def test_an_address_without_its_last_slash_is_the_one_with_it(copy, address, closed):
    """A path that is joined to one takes the place of the last folder: in the sitemap, feeds, cards and on 404.html."""
    copy.address = address
    done = copy.clean()
    assert done.returncode == 0, done.stderr
    open_one = files(copy.folder / "_clean/html")
    copy.address = closed
    assert copy.clean().returncode == 0
    found = difference(open_one, files(copy.folder / "_clean/html"))
    assert not found, "\n".join([f"built for {address}, first, and for {closed}; see _ext/trenches/build/address.py:", *found[:9]])
    assert f"<loc>{closed}index.html</loc>".encode() in open_one["sitemap.xml"]


@pytest.mark.parametrize("address", [
    "x.example/docs/", "//x.example/docs/", "ftp://x.example/", "https:///docs/", "https://x.example/?v=2", "https://x.example/#top",
    " https://x.example/", "https://x.example/my docs/", "https://x.example/\n", "https://me:secret@x.example/", "https://[x/",
    "https://x.example/index.html", "https://x.example/grün/", 'https://x.example/"', " "])
def test_what_is_no_address_of_a_site_is_refused_in_one_line(copy, address):
    """Such an address went into every page, and nobody noticed until a reader pressed a link."""
    with pytest.raises(SourceError) as refusal:
        settled(address)
    assert str(refusal.value).startswith(f"conf.py: html_baseurl: {address!r} is not") and "\n" not in str(refusal.value)


@pytest.mark.parametrize("address", ["x.example/docs/", "https://[x/", 'https://x.example/"$(id)'])
def test_a_build_for_no_address_ends_before_it_writes(copy, address):
    """What reads the address before it is checked answers with a traceback, or has the shell run it."""
    copy.address = address
    done = copy.clean()
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert done.returncode and len(lines) == 1 and lines[0].startswith(f"conf.py: html_baseurl: {address!r} is not"), done.stderr
    assert not (copy.folder / "_clean/html").exists()


def test_make_builds_again_for_another_repository(tmp_path):
    """`make html` looks at files alone: a repository that came into the environment later was on no page."""
    copy = copies.write(tmp_path / "site")
    page = copy.html / f"essays/{copy.slugs()[0]}.html"
    for name in ("", "one", "other"):
        assert copy.make(REPOSITORY_URL=name and f"https://x:{TOKEN}@github.com/our/{name}").returncode == 0
        told = re.findall(r"git clone (\S+) ", page.read_text(encoding="utf-8"))
        assert told == [f"https://github.com/our/{name}"] * bool(name)
    kept = [name for name, data in files(copy.folder).items() if TOKEN.encode() in data]
    assert not kept, f"{kept}: what make keeps beside the site is no place for a token either"


@pytest.mark.parametrize("name", ["100% grün site", "a%20b/x#y/a?b/%s {0}"])
def test_the_site_builds_in_a_folder_of_any_name(tmp_path, name):
    """libxml2 takes a path with a % for an address, and a blank or an ü is none: the build ended in a traceback."""
    copy = copies.write(tmp_path / name)
    done = copy.make()
    assert done.returncode == 0, done.stderr
    copy.edit("about.md", "What this is.", "What this was.")
    assert_as_clean(copy)
