"""`make links` asks for what the pages cite, and says where a dead address stands. No test reaches for the network."""

from __future__ import annotations

import http.server
import re
import runpy
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import copies
import pytest
from copies import Copy

ROOT = Path(__file__).resolve().parents[1]
OURS = "https://from-the-trenches.readthedocs.io/en/latest/"


class Host(http.server.BaseHTTPRequestHandler):
    """Of its pages one is there, one is not, one has moved, and one answers when it is asked again."""

    asked: list[str] = []

    def log_message(self, *args) -> None:
        pass

    def do_HEAD(self) -> None:
        self.asked.append(self.path)
        if self.path == "/tired" and self.asked.count("/tired") < 3:
            return self.close_connection
        self.send_response(404 if self.path.startswith("/missing") else 301 if self.path == "/moved" else 200)
        if self.path == "/moved":
            self.send_header("Location", "/good")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


@pytest.fixture
def copy(tmp_path, host) -> Copy:
    copy = copies.write(tmp_path / "site")
    copy.write("glossary.md", re.sub(r"\(https?:[^)]*\)", f"({host}/good)", copy.read("glossary.md")))
    return copy


def make_links(copy: Copy) -> subprocess.CompletedProcess:
    return subprocess.run(copy.command(target="links"), cwd=copy.folder, env=copy.environment(), capture_output=True, text=True)


def cite(copy: Copy, *addresses: str) -> None:
    copy.write("about.md", copy.read("about.md") + "".join(f"\nA [page]({address}).\n" for address in addresses))


def test_what_is_broken_is_one_line_with_its_page_in_their_order(copy, host):
    """Sphinx tells of an address when its host has answered, so that the pages came in another order every time."""
    essay = copy.slugs()[0]
    copy.edit(f"essays/{essay}.md", f"({essay}-evidence)=", f"As [they]({host}/missing/1) say.\n\n({essay}-evidence)=")
    cite(copy, f"{host}/good", f"{host}/missing/2", f"{host}/moved", f"{host}/missing/3")
    done = make_links(copy)
    assert done.returncode
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    places = [re.match(r"(\S+\.md):(\d+): WARNING: broken link: (\S+) \(404 ", line).groups() for line in lines]
    texts = {name: copy.read(name).splitlines() for name in ("about.md", f"essays/{essay}.md")}
    assert [(name, texts[name][int(line) - 1].count(address)) for name, line, address in places] == [
        ("about.md", 1), ("about.md", 1), (f"essays/{essay}.md", 1)]
    assert [address[-1] for _, _, address in places] == ["2", "3", "1"]


def test_addresses_that_answer_pass_and_what_the_build_holds_is_not_asked_for(copy, host):
    """A lab's file is looked for beside the essay, and a page of ours at the address where the last edition stands."""
    essay = copy.slugs()[0]
    copy.write(f"labs/{essay}/shown.sql", "SELECT 1;\n")
    copy.edit(f"essays/{essay}.md", f"({essay}-evidence)=", f"```{{listing}} shown.sql\n```\n\n({essay}-evidence)=")
    cite(copy, f"{host}/good", f"{host}/moved", f"{host}/tired", f"{OURS}gone.html", "https://doi.org/10.1145/1.2")
    Host.asked.clear()
    done = make_links(copy)
    assert (done.returncode, done.stderr) == (0, ""), "see linkcheck_ignore and linkcheck_retries in conf.py"
    assert "Every cited address answers" in done.stdout
    assert Host.asked.count("/tired") >= 3 and {"/good", "/moved"} <= set(Host.asked)
    assert f"{host}/moved to {host}/good" in copy.read("_build/links/output.txt")


def test_what_is_left_out_is_still_cited():
    """An entry for an address that went would let the next dead one of its host pass."""
    texts = "\n".join(path.read_text(encoding="utf-8") for path in [*ROOT.glob("*.md"), *ROOT.glob("essays/*.md")])
    left_out = [pattern for pattern in runpy.run_path(str(ROOT / "conf.py"))["linkcheck_ignore"] if pattern.startswith("https") and "trenches" not in pattern]
    assert left_out and [pattern for pattern in left_out if not re.search(pattern, texts)] == []


def test_no_build_and_no_test_asks_the_network_for_them():
    """A pull request failed since a page of somebody else's was slow."""
    for name in ("Makefile", ".ci/run", ".readthedocs.yaml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"^(?!links)\w+:[^#\n]*\blinks\b|make links|\(MAKE\).* links", text, re.MULTILINE), name
