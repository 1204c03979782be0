"""What publishes, builds and cleans up touches only what it made itself; whatever else stands there stays as it is."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from trenches.build import deploy

ROOT = Path(__file__).resolve().parents[1]
OLD = {"index.html": "old", "essays/a.html": "old a", "essays/went.html": "gone", "_static/x.css": "old x", "same.txt": "same"}
NEW = {"index.html": "new", "essays/a.html": "new a", "essays/came.html": "come", "_static/x.css": "new x", "same.txt": "same"}
# Kinds of what may be somebody else's: a slash at the end is an empty folder, an arrow a link, a bar a pipe.
FOREIGN = ["CNAME", ".git/HEAD", "photos/2019/a.jpg", "essays/notes.txt", "uploads/", "elsewhere ->", "essays/link ->", "pipe |"]


def lay(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def add(folder: Path, kind: str, outside: Path) -> None:
    path = folder / kind.rstrip("/ ->|")
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind.endswith("/"):
        path.mkdir()
    elif kind.endswith("->"):
        path.symlink_to(lay(outside, {"kept.txt": "outside"}))
    elif kind.endswith("|"):
        os.mkfifo(path)
    else:
        path.write_text("not of this site")


def state(folder: Path) -> dict[str, tuple]:
    """All that stands in ``folder``, links unfollowed: what each is, which inode, when it was written and what it holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        held = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[path.relative_to(folder).as_posix()] = (status.st_mode, status.st_ino, status.st_mtime_ns if held else 0, held)
    return found


def texts(site: Path) -> dict[str, str]:
    return {path.relative_to(site).as_posix(): path.read_text() for path in site.rglob("*")
            if path.is_file() and path.name != deploy.LIST}


class Place:
    """A site that was published from here, in a folder of its own beside what is none of ours."""

    def __init__(self, folder: Path) -> None:
        self.work, self.site, self.outside = folder / "build/work", folder / "root/html", folder / "outside"
        self.site.parent.mkdir()
        self.publish(OLD)

    def build(self, files: dict[str, str]) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
        lay(self.work, files)

    def publish(self, files: dict[str, str]) -> None:
        self.build(files)
        deploy.publish(self.work, self.site)

    def refuses(self, files: dict[str, str]) -> str:
        """The line with which ``files`` are refused, nothing being changed."""
        before = state(self.site.parent), state(self.outside)
        with pytest.raises(deploy.Refused) as refused:
            self.publish(files)
        assert (state(self.site.parent), state(self.outside)) == before, "refused, and yet changed"
        assert "\n" not in str(refused.value)
        return str(refused.value)


@pytest.fixture
def place(tmp_path) -> Place:
    return Place(tmp_path)


@pytest.fixture(params=["exchanged", "one by one"])
def way(request, monkeypatch) -> str:
    """Each way to publish: in one step, and where the system cannot do that."""
    if request.param == "one by one":
        monkeypatch.setattr(deploy, "_exchange", lambda new, site: False)
    return request.param


def test_a_build_takes_the_place_of_the_last_one(place, way):
    """Otherwise every test below would pass for the wrong reason."""
    assert texts(place.site) == OLD
    place.publish(NEW)
    assert texts(place.site) == NEW
    assert (place.site / deploy.LIST).read_text().splitlines() == sorted(NEW)
    assert not place.work.with_name("new").exists() and os.listdir(place.site.parent) == ["html"]
    before = state(place.site)
    place.publish(NEW)
    assert texts(place.site) == NEW and before.keys() == state(place.site).keys()


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_somebody_puts_into_the_site_stays_untouched(place, kind):
    """`make html HTML=../gh` deleted .git, CNAME and photos, and exited with 0."""
    before = set(state(place.site))
    add(place.site, kind, place.outside)
    theirs = {name: was for name, was in state(place.site).items() if name not in before}
    outside = state(place.outside)
    for files in (NEW, OLD, {"index.html": "last"}):
        place.publish(files)
        now = state(place.site)
        assert {name: now.get(name) for name in theirs} == theirs and state(place.outside) == outside
        assert {name: text for name, text in texts(place.site).items() if name not in theirs} == files
    deploy.retract(place.site, place.work)
    now = state(place.site)
    assert {name: now.get(name) for name in theirs} == theirs and state(place.outside) == outside
    assert not set(texts(place.site)) - theirs.keys()


@pytest.mark.parametrize("kind", [kind for kind in FOREIGN if not kind.endswith("/")] + ["index.html", ".htaccess"])
def test_a_folder_without_a_list_that_holds_anything_else_is_refused(place, kind):
    """A folder with pages of the same names may be another site: only what is the same to the byte is known to be ours."""
    shutil.rmtree(place.site)
    add(place.site, kind, place.outside)
    assert f"{place.site / kind.rstrip('/ ->|')} was not published from here" in place.refuses(NEW)


@pytest.mark.parametrize("folders", [[], ["a"], ["a/b/c"], ["lost+found"]])
def test_an_empty_folder_is_taken_and_what_is_in_it_is_kept(place, folders):
    shutil.rmtree(place.site)
    place.site.mkdir(mode=0o750)
    for folder in folders:
        (place.site / folder).mkdir(parents=True)
    place.publish(NEW)
    assert texts(place.site) == NEW and all((place.site / folder).is_dir() for folder in folders)
    assert place.site.stat().st_mode & 0o777 == 0o750, "who may read the folder is its owner's to say"


def test_a_site_from_before_there_were_lists_is_adopted(place):
    """Every checkout has one."""
    (place.site / deploy.LIST).unlink()
    deploy.adopt(place.site, place.work)
    place.publish(NEW)
    assert texts(place.site) == NEW


@pytest.mark.parametrize(("name", "text"), [("CNAME", "x.example"), ("index.html", "edited"), ("same.txt", "sane"), ("b/c.html", "")])
def test_a_site_from_before_there_were_lists_is_not_adopted_with_another_file(place, name, text):
    (place.site / deploy.LIST).unlink()
    lay(place.site, {name: text})
    deploy.adopt(place.site, place.work)
    assert str(place.site / name) in place.refuses(OLD)


@pytest.mark.parametrize(("theirs", "page"), [
    ("essays/came.html", "essays/came.html"), ("essays/came.html/x.txt", "essays/came.html"), ("labs ->", "labs/a/run.txt"),
    ("labs", "labs/a/run.txt"), ("essays/came.html ->", "essays/came.html"), ("labs/", "labs"), ("a/b |", "a/b/c/d.html")])
def test_a_page_that_would_replace_somebody_elses_file_is_refused(place, theirs, page):
    add(place.site, theirs, place.outside)
    line = place.refuses(OLD | {page: "ours"})
    assert f"{page} is to go; move it away" in line and str(place.site / theirs.split("/x")[0].rstrip("/ ->|")) in line


def test_a_file_is_somebody_elses_however_the_disk_spells_it(place, monkeypatch):
    """macOS and FAT find `about.html` when asked for `About.html`."""
    lay(place.site, {"about.html": "not of this site"})
    scan = deploy._scan
    monkeypatch.setattr(deploy, "_scan", lambda folder: {
        "About.html" if (folder, name) == (place.site, "about.html") else name: status for name, status in scan(folder).items()})
    assert "another spelling" in place.refuses(NEW | {"about.html": "ours"})


@pytest.mark.parametrize("line", [
    "../../outside/kept.txt", "{outside}/kept.txt", "essays/../../../outside/kept.txt", "link/kept.txt", "essays/link/kept.txt",
    "link", "", ".", "..", "/", "link/", "uploads/", "\0", "\udcff\udcfe", "<<<<<<< HEAD", "index.html/../../../outside/kept.txt"])
def test_no_list_leads_to_a_deletion_outside_the_folder(place, way, line):
    """Whoever writes the list, or merges it in git, is not to reach further than the folder."""
    lay(place.outside, {"kept.txt": "outside"})
    for link in ("link", "essays/link"):
        (place.site / link).symlink_to(place.outside)
    (place.site / "uploads").mkdir()
    outside = state(place.outside)
    listed = (place.site / deploy.LIST).read_bytes() + os.fsencode(line.format(outside=place.outside) + "\n")
    (place.site / deploy.LIST).write_bytes(listed)
    place.publish(NEW)
    assert state(place.outside) == outside and (place.site / "uploads").is_dir()
    (place.site / deploy.LIST).write_bytes(listed)
    deploy.retract(place.site, place.work)
    assert state(place.outside) == outside and (place.site / "uploads").is_dir()


@pytest.mark.parametrize("part", ["essays", "_static"])
def test_a_folder_of_ours_that_somebody_replaced_by_a_link_is_not_followed(place, way, part):
    """Its files are on the list, and stand outside."""
    (place.site / part).rename(place.outside)
    (place.site / part).symlink_to(place.outside)
    assert str(place.site / part) in place.refuses(NEW)


@pytest.mark.parametrize("target", ["there", "empty", "not there", "by another link"])
def test_a_link_to_a_web_root_is_followed(place, target):
    """The link was replaced by a folder, and the root was never updated."""
    root = place.site.parent.with_name("webroot")
    if target != "not there":
        root.mkdir()
    if target == "there":
        deploy.publish(place.work, root)
    if target == "by another link":
        place.outside.symlink_to(root)
    link = place.site.with_name("link")
    link.symlink_to(place.outside if target == "by another link" else root)
    place.build(NEW)
    deploy.publish(place.work, link)
    assert link.is_symlink() and texts(root) == NEW


def test_what_is_stopped_at_any_step_is_finished_by_the_next_build(place, monkeypatch):
    """File by file there is a moment with some of each; no page is ever half, nor without what it loads."""
    monkeypatch.setattr(deploy, "_exchange", lambda new, site: False)
    add(place.site, "CNAME", place.outside)
    theirs = state(place.site)["CNAME"]
    for stop in range(100):
        done = iter(range(stop))

        def step(act):
            def counted(*arguments, **options):
                # The laid-out folder is removed with rmtree, whose steps change nothing of the site.
                if not options and next(done, None) is None:
                    raise KeyboardInterrupt
                return act(*arguments, **options)
            return counted

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", step(os.replace))
            patch.setattr(os, "unlink", step(os.unlink))
            patch.setattr(Path, "replace", step(Path.replace))
            try:
                place.publish(NEW)
                break
            except KeyboardInterrupt:
                pass
        found = texts(place.site)
        for name in OLD.keys() | NEW.keys():
            assert found.get(name) in (OLD.get(name), NEW.get(name))
        assert found["index.html"] == "old" or found["_static/x.css"] == "new x", "a page came before what it loads"
        assert ("essays/went.html" in found) or found["index.html"] == "new", "a page went while others still led to it"
        assert state(place.site)["CNAME"] == theirs
        place.publish(OLD if stop % 2 else NEW)
        assert texts(place.site) == (OLD if stop % 2 else NEW) | {"CNAME": "not of this site"}
        place.publish(OLD)
    assert 5 < stop < 99, "the steps were not those that this test stops"
    assert texts(place.site) == NEW | {"CNAME": "not of this site"}


@pytest.mark.parametrize(("before", "after"), [
    ({"a": "file"}, {"a/b.html": "in a folder"}), ({"a/b/c.html": "deep"}, {"a": "file"}), ({"a/b.html": "1"}, {"a/b.html/c": "2"}),
    ({"x/a": "1", "x/b/c": "2"}, {"x/a/d": "3", "x/b": "4"})])
def test_a_file_may_become_a_folder_and_a_folder_a_file(place, way, before, after):
    for files in (OLD | before, OLD | after, OLD | before):
        place.publish(files)
        assert texts(place.site) == files


@pytest.mark.parametrize("code", [None, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.EXDEV, errno.ENOSYS])
def test_a_disk_without_hard_links_is_published_to(place, monkeypatch, code):
    """FAT, some network disks and containers have none: every rebuild failed. Where there are, what did not change is linked."""
    tried, link = [], os.link

    def without(*arguments):
        tried.append(arguments)
        if code:
            raise OSError(code, os.strerror(code))
        link(*arguments)

    kept, listed = place.site / "same.txt", place.site / deploy.LIST
    # The clock of files ticks in hundredths of a second; what was built and published in one may have changed since.
    while (listed if listed.exists() else place.site).stat().st_ctime_ns <= (place.work / "same.txt").stat().st_ctime_ns:
        (listed if listed.exists() else place.site).touch()
    inode = kept.stat().st_ino
    monkeypatch.setattr(os, "link", without)
    lay(place.work, {"index.html": "edited"})
    deploy.publish(place.work, place.site)
    assert texts(place.site) == OLD | {"index.html": "edited"} and len(tried) == len(OLD) - 1
    assert (kept.stat().st_ino == inode) == (code is None)


def test_what_comes_while_the_site_is_laid_ready_is_not_lost(place, monkeypatch):
    """The whole folder is exchanged, and the old one removed."""
    lay_ready = deploy._lay_ready

    def late(*arguments):
        lay_ready(*arguments)
        add(place.site, "CNAME", place.outside)

    monkeypatch.setattr(deploy, "_lay_ready", late)
    place.publish(NEW)
    assert texts(place.site) == NEW | {"CNAME": "not of this site"}


def test_no_room_is_met_before_anything_is_changed(place, monkeypatch, way):
    for last in range(len(NEW)):
        before, copies, copy = state(place.site), iter(range(last)), shutil.copyfile

        def full(source, target):
            if next(copies, None) is None:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), target)
            return copy(source, target)

        place.build(NEW)
        with monkeypatch.context() as patch:
            patch.setattr(shutil, "copyfile", full)
            with pytest.raises(OSError, match="No space"):
                deploy.publish(place.work, place.site)
        assert state(place.site) == before


def namespaced(script: str, *arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(["unshare", "--map-root-user", "--mount", "sh", "-ec", script, "sh", *map(str, arguments)],
                          capture_output=True, text=True)


@pytest.mark.parametrize("mount", ["-t tmpfs none", "--bind \"$1\"", "-t tmpfs -o size=64k none", "-t ramfs none"])
def test_a_mount_point_is_published_to(place, mount):
    """It can be neither renamed nor exchanged: every build failed, and left `html.new` beside it."""
    if shutil.which("unshare") is None or namespaced("mount -t tmpfs none /mnt").returncode:
        pytest.skip("this machine lets nobody mount: run this test where `unshare --map-root-user --mount` works")
    lay(place.outside, {})
    place.outside.mkdir(exist_ok=True)
    place.build(NEW)
    again = lay(place.work.with_name("again"), OLD)
    shutil.rmtree(place.site)
    place.site.mkdir()
    done = namespaced(f"""
        mount {mount} "$2"
        python="$3" && export PYTHONPATH="$4"
        for built in "$5" "$6" "$5"; do
            "$python" -c 'import sys, deploy; deploy.publish(*map(deploy.Path, sys.argv[1:]))' "$built" "$2"
            touch "$2/CNAME"
            diff -r -x .trenches -x CNAME "$built" "$2"
            test -e "$2/CNAME" -a "$(ls "$2/..")" = html
        done""", place.outside, place.site, sys.executable, ROOT / "_ext/trenches/build", place.work, again)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_another_disk_is_published_to(place):
    """No folder can be exchanged for one on another disk."""
    memory = Path("/dev/shm")
    assert memory.stat().st_dev != place.work.stat().st_dev, "this machine has one disk; name another in this test"
    site = memory / f"trenches{os.getpid()}" / "html"
    try:
        for files in (OLD, NEW):
            place.build(files)
            deploy.publish(place.work, site)
            assert texts(site) == files and os.listdir(site.parent) == ["html"]
    finally:
        shutil.rmtree(site.parent)


# Below, make is run in a checkout whose Sphinx takes no time: it writes a page for each essay and, for as long as a file
# `hold` stands there, is not done.
STUB = """
import os, pathlib, sys, time, zipfile
out, kind = pathlib.Path(sys.argv[-1]), sys.argv[sys.argv.index("-b") + 1]
here = pathlib.Path()
if (here / "warning").exists():
    sys.exit("a warning")
starting = here / f"starting{os.getpid()}"
starting.write_text(str(os.getppid()))
starting.replace("started")
patience = iter(range(3000))
while (here / "hold").exists() and next(patience, None) is not None:
    time.sleep(.01)
for essay in here.glob("essays/*.md"):
    page = out / "essays" / essay.with_suffix(".html").name
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(essay.read_text())
(out / "index.html").write_text(pathlib.Path("index.md").read_text())
if kind == "epub":
    with zipfile.ZipFile(out / "FromtheTrenches.epub", "w") as book:
        book.writestr("content.opf", "<dc:identifier>from-the-trenches</dc:identifier>" + pathlib.Path("index.md").read_text())
"""


class Checkout:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "home/checkout"
        lay(self.folder, {"sphinx/__init__.py": "", "sphinx/__main__.py": STUB, "conf.py": "", "owner.toml": "", "index.md": "one", "about.md": "", "glossary.md": "", "_headers": "",
                          "essays/a.md": "a", "labs/README.md": "", "_static/fonts/x": "", "_templates/x": "", "requirements.txt": ""})
        for name in ("Makefile", "_ext/trenches/build/make.py", "_ext/trenches/build/deploy.py"):
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)

    def command(self, target: str, **variables: str) -> list[str]:
        venv = Path(sys.prefix)
        given = {"VENV": str(venv), "BUILD_DATE": "2026-11-22", "PYTHON": sys.executable} | variables
        return ["make", "-s", "--old-file", f"{venv}/site", target, *(f"{name}={value}" for name, value in given.items())]

    def start(self, target: str, **variables: str) -> subprocess.Popen:
        outside = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "READTHEDOCS", "SITE_URL", "SPHINX"))}
        return subprocess.Popen(self.command(target, **variables), cwd=self.folder, env=outside | {"PYTHONDONTWRITEBYTECODE": "1"},
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)

    def make(self, target: str = "html", **variables: str) -> str:
        output, errors = (started := self.start(target, **variables)).communicate()
        assert started.returncode == 0, errors
        return output

    def refuses(self, target: str, **variables: str) -> str:
        """The one line with which make ends, nothing being changed near or far."""
        before = state(self.folder.parents[1])
        _, errors = (started := self.start(target, **variables)).communicate()
        lines = [line for line in errors.splitlines() if not line.startswith("make")]
        assert started.returncode and len(lines) == 1, f"{target} {variables}: {started.returncode} {errors}"
        assert state(self.folder.parents[1]) == before, f"{target} {variables}: refused, and yet changed"
        return lines[0]

    def started(self, target: str) -> subprocess.Popen:
        """A build that has begun and is not done before `hold` goes."""
        lay(self.folder, {"hold": ""})
        build = self.start(target)
        while build.poll() is None and not (self.folder / "started").exists():
            time.sleep(.01)
        return build


@pytest.fixture
def checkout(tmp_path) -> Checkout:
    return Checkout(tmp_path)


ODD = ["my site/html", "it's", 'say "so"', "d$HOME/$x", "n#1", "100%d", "größe", "-rf", "a;b & c", "back\\slash", "c:d", "*", "$(x)", "`x`", "a,b"]


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("absolute", [False, True])
def test_a_folder_is_the_one_that_was_named(checkout, name, absolute):
    """`HTML="/x/my site/html"` published over `/x/my`, and `make clean BUILD="/x/keep x"` removed `/x/keep`."""
    top = checkout.folder / "out"
    place = top / name if absolute else Path("out", name) if not name.startswith("-") else Path(name)
    # What the shell would make of the name, if it were let.
    for word in {*name.replace("/", " ").split(), "rf", "d", "say", "keep"} - {name}:
        lay(top, {f"{word}.d/kept.txt": "not of this site", f"{word.strip('/')}/kept.txt": "not of this site"})
    before = state(top)
    html, build, epub = (str(place / part) for part in ("html", "b", "e"))
    for text in ("two", "three"):
        lay(checkout.folder, {"index.md": text})
        assert f"{html}/index.html" in checkout.make(HTML=html, BUILD=build)
        assert texts(checkout.folder / html) == {"index.html": text, "essays/a.html": "a"}
    built = (checkout.folder / build / "built").stat().st_mtime_ns
    checkout.make(HTML=html, BUILD=build)
    assert (checkout.folder / build / "built").stat().st_mtime_ns == built, "built again, although nothing had changed"
    checkout.make("epub", EPUB=epub, BUILD=build)
    assert os.listdir(checkout.folder / epub) == ["FromtheTrenches.epub"]
    checkout.make("clean", BUILD=build, HTML=html)
    assert not (checkout.folder / build).exists()
    after = state(top)
    assert {name: after.get(name) for name in before if before[name][3]} == {name: was for name, was in before.items() if was[3]}


@pytest.mark.parametrize("html", ["", " ", ".", "..", "../..", "essays", "_static/site", "labs/x/y", "index.md", "index.md/x", "_build", "_build/work",
                                  "_build/doctrees/html", "_build/new", "./_build/../_build/work/", "~/site", "foreign", "link", "loop"])
def test_a_folder_that_cannot_be_published_to_is_refused_in_one_line(checkout, html):
    """`HTML=.` was a traceback."""
    checkout.make()
    lay(checkout.folder, {"foreign/CNAME": "x.example", "index.md": "edited"})
    (checkout.folder / "link").symlink_to("foreign")
    (checkout.folder / "loop").symlink_to("loop")
    if html in ("foreign", "link"):  # Known only once it is to be published.
        _, errors = (started := checkout.start("html", HTML=html)).communicate()
        assert started.returncode and "foreign/CNAME was not published from here" in errors
        assert os.listdir(checkout.folder / "foreign") == ["CNAME"]
    else:
        checkout.refuses("html", HTML=html)
    assert texts(checkout.folder / "_build/html")["index.html"] == "one"


@pytest.mark.parametrize("given", ["", " ", "/", "//", "/.", "../../../../../../../.."])
def test_neither_no_folder_nor_the_root_is_built_in(checkout, given):
    """`BUILD=` is `rm -rf /work`. So that it stays a test on the day that it fails, nothing is run."""
    done = subprocess.run([sys.executable, "-c", "import sys, make; make.html = lambda *_: print('built'); make.main('html', *sys.argv[1:])",
                           given, "html", "x"], cwd=checkout.folder, env=os.environ | {"PYTHONPATH": "_ext/trenches/build"}, capture_output=True, text=True)
    assert done.returncode and "built" not in done.stdout and done.stderr.splitlines()[-1].startswith("deploy.Refused: BUILD")


@pytest.mark.parametrize("target", ["html", "epub", "clean"])
@pytest.mark.parametrize("build", [".", "..", "essays", "_static/b", "index.md", "foreign", "link", "~/b", "foreign/work", "loop"])
def test_a_folder_that_is_not_a_builds_is_neither_built_in_nor_cleaned(checkout, target, build):
    """`rm -rf $(BUILD)/work` with BUILD=~ would have been the end of everybody's work."""
    lay(checkout.folder, {"foreign/work/thesis.tex": "years", "foreign/doctrees/a": "b"})
    (checkout.folder / "link").symlink_to("foreign")
    (checkout.folder / "loop").symlink_to("loop")
    checkout.refuses(target, BUILD=build)


@pytest.mark.parametrize("kind", [*FOREIGN, "html/CNAME", "html/.git/HEAD", "epub/other.epub", "epub/notes.txt"])
def test_clean_removes_what_was_built_and_nothing_else(checkout, kind):
    """`make clean` was `rm -rf`."""
    outside = checkout.folder.parents[1] / "outside"
    checkout.make()
    checkout.make("epub")
    add(checkout.folder / "_build", kind, outside)
    name = kind.rstrip("/ ->|")
    theirs = state(checkout.folder / "_build")[name], state(outside)
    checkout.make("clean")
    after = state(checkout.folder / "_build")
    assert (after[name], state(outside)) == theirs
    assert after.keys() - {name, name.rpartition("/")[0], name.partition("/")[0], "photos/2019", "html/.trenches"} == {"begun"}
    checkout.make()
    assert (state(checkout.folder / "_build")[name], state(outside)) == theirs


def test_clean_leaves_nothing_of_its_own_and_no_site_elsewhere(checkout):
    lay(checkout.folder, {"root/x": ""})
    (checkout.folder / "root/x").unlink()
    checkout.make(HTML="root")
    checkout.make()
    checkout.make("clean", HTML="root")
    assert (checkout.folder / "_build/html/index.html").exists(), "the other site is of another command"
    checkout.make("clean")
    assert not (checkout.folder / "_build").exists() and (checkout.folder / "root/index.html").exists()
    checkout.make("clean")
    (checkout.folder / "_build").mkdir()
    (checkout.folder / "_build/html").symlink_to("../root")
    checkout.refuses("html")
    (checkout.folder / "_build/html").unlink()
    (checkout.folder / "_build/begun").touch()
    (checkout.folder / "_build/html").symlink_to("../root")
    lay(checkout.folder, {"index.md": "two"})
    checkout.make()
    checkout.make("clean")
    assert texts(checkout.folder / "root")["index.html"] == "two", "a web root was emptied with the build"


@pytest.mark.parametrize("book", ["", "no archive", "another book"])
def test_a_book_that_is_not_ours_is_not_overwritten(checkout, book):
    path = checkout.folder / "books/FromtheTrenches.epub"
    lay(checkout.folder, {"books/FromtheTrenches.epub": book, "books/other.epub": "other"})
    if book == "another book":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("content.opf", "<dc:identifier>another</dc:identifier>")
    before = state(path.parent)
    _, errors = (started := checkout.start("epub", EPUB="books")).communicate()
    assert started.returncode and "books/FromtheTrenches.epub is another book" in errors and state(path.parent) == before
    path.unlink()
    for text in ("two", "three"):
        lay(checkout.folder, {"index.md": text})
        checkout.make("epub", EPUB="books")
        with zipfile.ZipFile(path) as file:
            assert file.read("content.opf").decode().endswith(text)
    assert sorted(os.listdir(path.parent)) == ["FromtheTrenches.epub", "other.epub"]


WAITING = "waiting for another make that builds in "


@pytest.mark.parametrize("other", ["html", "clean", "epub", "elsewhere"])
def test_two_at_once_take_turns(checkout, other):
    """They ended with "make room" or "mv: cannot stat"."""
    first = checkout.started("html")
    second = checkout.start("html", HTML="elsewhere") if other == "elsewhere" else checkout.start(other)
    assert second.stderr.readline() == f"{WAITING}{checkout.folder / '_build'}\n"
    lay(checkout.folder, {"index.md": "two"})
    (checkout.folder / "hold").unlink()
    for each in (first, second):
        _, errors = each.communicate()
        assert (each.returncode, errors) == (0, "")
    assert (checkout.folder / "_build").exists() == (other != "clean")
    checkout.make()
    assert texts(checkout.folder / "_build/html") == {"index.html": "two", "essays/a.html": "a"}


def test_two_that_publish_to_one_folder_take_turns(checkout):
    """They build in folders of their own, as tests do."""
    site = checkout.folder / "html"
    with deploy.alone(site.parent):
        both = [checkout.start("html", BUILD=build, HTML="html") for build in ("b1", "b2")]
        for each in both:
            assert each.stderr.readline() == f"{WAITING}{site.parent}\n"
        assert not site.exists()
    for each in both:
        assert (each.communicate()[1], each.returncode) == ("", 0)
    assert texts(site) == {"index.html": "one", "essays/a.html": "a"}


def test_nobody_waits_for_the_dead(checkout):
    """A lock file that says who has it outlives whoever had it."""
    first = checkout.started("html")
    second = checkout.start("html")
    second.stderr.readline()
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    (checkout.folder / "hold").unlink()
    assert (second.communicate()[1], second.returncode) == ("", 0)


def test_a_build_whose_make_was_killed_is_waited_for(checkout):
    """Only make and what it had started were dead, and Sphinx went on writing where the next build wrote."""
    first = checkout.started("html")
    first.kill()
    os.kill(int((checkout.folder / "started").read_text()), signal.SIGKILL)
    first.wait()
    second = checkout.start("html")
    assert second.stderr.readline().startswith(WAITING)
    (checkout.folder / "hold").unlink()
    assert (second.communicate()[1], second.returncode) == ("", 0)


def test_a_build_after_a_warning_begins_anew_and_says_so_to_nobody(checkout):
    checkout.make()
    lay(checkout.folder, {"warning": "", "index.md": "two", "_build/work/left.html": "by a build that failed"})
    _, errors = (started := checkout.start("html")).communicate()
    assert started.returncode and "Traceback" not in errors
    assert texts(checkout.folder / "_build/html")["index.html"] == "one"
    (checkout.folder / "warning").unlink()
    checkout.make()
    assert texts(checkout.folder / "_build/html") == {"index.html": "two", "essays/a.html": "a"}
