"""What make does in the folders that it is given: build the site or the book there, check its links, serve it, and clean up.

    make.py html BUILD HTML BUILT_FOR | epub BUILD EPUB | links BUILD | serve BUILD | clean BUILD HTML EPUB

BUILD is taken if it is empty or was taken before, which ``begun`` in it says, and by one build at a time. The names of
what stands in it are ours; whatever else does is not, and stays.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import deploy
from deploy import Refused, alone

SOURCES = ("essays", "labs", "tests", "_ext", "_static", "_templates", ".git")
# After these Sphinx begins anew: it knows nothing of pins and code, nor which static files are gone.
CODE = ("requirements.txt", "owner.toml", "_static", "_static/fonts",
        *(f"{folder}/**/*.{kind}" for folder in ("_ext", "labs/_harness") for kind in ("py", "toml", "html", "schema.json")))
SCRATCH = ("built", "unfinished", "doctrees", "work", "new", "doctrees-epub", "book", "doctrees-links", "links", "serve")
IDENTIFIER = re.compile(rb"<dc:identifier\b[^>]*>([^<]+)<")


def html(build: Path, given: str, built_for: str) -> None:
    site, work = _target(build, "HTML", given), build / "work"
    _refuse_sources("HTML", given, site)
    with _held(build) as lock:
        deploy.adopt(site, work)
        if (build / "unfinished").exists() or _newest_code() > (build / "begun").stat().st_mtime_ns:
            for name in ("doctrees", "work"):
                _drop(build / name)
            (build / "begun").touch()
        _drop(build / "built")
        # Sphinx forgets what a strict build that failed, or one that was killed, had still to write.
        (build / "unfinished").write_text(f"{built_for}\n")
        _sphinx(lock, "-d", build / "doctrees", "-b", "html", ".", work)
        deploy.publish(work, site)
        (build / "unfinished").rename(build / "built")


def epub(build: Path, given: str) -> None:
    folder, book = _target(build, "EPUB", given), build / "book"
    with _held(build) as lock:
        _drop(book)
        _sphinx(lock, "-d", build / "doctrees-epub", "-E", "-b", "epub", "-D", f"version={os.environ['BUILD_DATE']}", ".", book)
        folder.mkdir(parents=True, exist_ok=True)
        for made in book.glob("*.epub"):
            if os.path.lexists(folder / made.name) and _identifier(folder / made.name) != _identifier(made):
                raise Refused(f"{folder / made.name} is another book than ours; move it away, or name another folder")
            # Beside the last one, so that it is replaced in one step.
            shutil.copyfile(made, folder / f"{made.name}.new")
            os.replace(folder / f"{made.name}.new", folder / made.name)
            print(f"Built. Open {os.path.join(given, made.name)}")


def links(build: Path) -> None:
    """Sphinx tells of a link when its host has answered; here the broken ones stand in the order of the pages."""
    with _held(build) as lock:
        done = subprocess.run([sys.executable, "-m", "sphinx", "-W", "-q", "-d", build / "doctrees-links", "-b", "linkcheck", ".", build / "links"],
                              pass_fds=[lock], stderr=subprocess.PIPE, text=True)
    told = (line.removeprefix(f"{Path.cwd()}{os.sep}") for line in done.stderr.splitlines())
    for line in sorted(told, key=lambda line: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", line)]):
        print(line, file=sys.stderr)
    sys.exit(done.returncode)


def serve(build: Path) -> None:
    with _held(build):
        """It is ours now, and others may build there meanwhile."""
    with _held(build / "serve") as lock:
        # Of what is hidden, an author sees the results of a quick run.
        hidden = re.escape(f"{Path.cwd().resolve()}/") + r"(.*/)?\.(?!quick/)"
        _run(lock, "sphinx_autobuild", "-q", "-d", build / "serve/doctrees", "--host", "127.0.0.1", "--port", "0", "--open-browser",
             *(part for folder in ("labs", "_ext", "_templates", "_static") for part in ("--watch", folder)),
             "--pre-build", shlex.join([sys.executable, "-m", "_harness.redraw"]), "--re-ignore", hidden,
             "-D", "trenches_drafts=1", ".", build / "serve/html")


def clean(build: Path, site: str, folder: str) -> None:
    if not build.is_dir() or not any(build.iterdir()):
        return
    with _held(build), _held(build / "serve") if (build / "serve").is_dir() else contextlib.nullcontext():
        if _lies_in(build, site):
            deploy.retract(Path(os.path.realpath(site)), build / "work")
        made = {_identifier(book) for book in (build / "book").glob("*.epub")}
        for name in SCRATCH:
            _drop(build / name)
        if _lies_in(build, folder):
            for book in Path(folder).glob("*.epub"):
                if _identifier(book) in made - {None}:
                    book.unlink()
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        # What is left is not ours, and the folder stays one that may be built in.
        if [path.name for path in build.iterdir()] == ["begun"]:
            (build / "begun").unlink()
            with contextlib.suppress(OSError):
                build.rmdir()


def _held(build: Path) -> contextlib.AbstractContextManager[int]:
    """The folder, made, known to be ours, and to be used by nobody else for the time being."""
    def take() -> None:
        build.mkdir(parents=True, exist_ok=True)
        if not (build / "begun").exists():
            other = next(build.iterdir(), None)
            if other and not (build.parent / "begun").exists():
                raise Refused(f"{other} is not of a build, so nothing in {build} is touched; name an empty folder: make BUILD=…")
            (build / "begun").touch()

    return alone(build / "begun", take)


def _target(build: Path, name: str, given: str) -> Path:
    """The folder to publish to, links followed. Raises Refused for one that the build needs itself."""
    folder = _folder(name, given)
    if folder == build or folder in build.parents:
        raise Refused(f"{name}={given} holds the folder that is built in, {build}; name one of its own")
    if build in folder.parents and folder.relative_to(build).parts[0] in SCRATCH:
        raise Refused(f"{name}={given} lies in what the build makes for itself; name a folder of its own")
    return folder


def _folder(name: str, given: str) -> Path:
    if not given.strip():
        raise Refused(f"{name} is empty; name a folder: make {name}=…")
    if given.startswith("~"):
        raise Refused(f"{name}={given} is not a home, as make does not expand it; write {name}=\"$HOME{given.lstrip('~')}\"")
    folder = Path(os.path.realpath(given))
    met = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    if not met.is_dir():
        raise Refused(f"{name}={given}: {met} is no folder; name one")
    return folder


def _refuse_sources(name: str, given: str, folder: Path) -> None:
    here = Path.cwd().resolve()
    if folder == here or folder in here.parents:
        raise Refused(f"{name}={given} holds the sources; name a folder of its own")
    if any((here / source) in (folder, *folder.parents) for source in SOURCES):
        raise Refused(f"{name}={given} lies among the sources; name a folder of its own")


def _lies_in(build: Path, folder: str) -> bool:
    """Whether a folder is a real one in ``build``: what a link in it leads to is published, and no scaffolding."""
    return bool(folder) and build in Path(os.path.realpath(folder)).parents and not os.path.islink(folder)


def _newest_code() -> int:
    return max(path.stat().st_mtime_ns for pattern in CODE for path in Path().glob(pattern))


def _identifier(path: Path) -> bytes | None:
    """What a book calls itself, in every edition."""
    try:
        with zipfile.ZipFile(path) as book:
            found = IDENTIFIER.search(book.read("content.opf"))
    except (OSError, KeyError, zipfile.BadZipFile):
        return None
    return found and found[1]


def _drop(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sphinx(lock: int, *arguments: object) -> None:
    _run(lock, "sphinx", "-W", "-q", *arguments)


def _run(lock: int, module: str, *arguments: object) -> None:
    """It keeps the lock although this process be killed."""
    done = subprocess.run([sys.executable, "-m", module, *map(str, arguments)], pass_fds=[lock])
    if done.returncode:
        sys.exit(done.returncode)


def main(command: str, build: str, *rest: str) -> None:
    commands: dict[str, Callable] = {act.__name__: act for act in (html, epub, links, serve, clean)}
    folder = _folder("BUILD", build)
    _refuse_sources("BUILD", build, folder)
    commands[command](folder, *rest)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refused as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror or error}; the last site stands as it was; make room or mend this, and build again")
    except KeyboardInterrupt:
        sys.exit(130)
