"""One build, measured: processor time, wall time and memory of everything it starts."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from _harness import LabError

DATE = "2026-11-22"
KINDS = ("cold", "edit", "none")


class Tool:
    """A copy of the corpus in `folder` and how it is built; `limit` is in seconds of CPU, None for none."""

    def __init__(self, name: str, folder: Path, limit: int | None = None) -> None:
        self.name, self.folder, self.limit = name, folder, limit
        self.essays = sorted((folder / "essays").glob("*.md"))
        self.html = folder / "_build/html"
        if name == "ours":
            venv = Path(sys.prefix)
            self.command = ["make", "-s", "--old-file", f"{venv}/site", "html", f"VENV={venv}", f"BUILD_DATE={DATE}"]
        else:
            self.command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-d", "_build/doctrees", ".", "_build/html"]

    def build(self, kind: str, round: int) -> dict | None:
        """Build after preparing for `kind`; {"cpu_s", "wall_s", "peak_mb"}, or None if the limit was reached."""
        if kind == "cold":
            shutil.rmtree(self.folder / "_build", ignore_errors=True)
        if kind == "edit":
            self._edit(round)
        found = self._run()
        if found:
            self._check(kind, round)
        return found

    def output_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.html.rglob("*") if path.is_file())

    def _run(self) -> dict | None:
        log = self.folder / "_log"
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "READTHEDOCS", "SPHINX"))}
        started = time.monotonic()
        with log.open("w") as output:
            process = subprocess.Popen(self.command, cwd=self.folder, env=kept, stdout=output, stderr=output, preexec_fn=self._limit)
            _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        code = os.waitstatus_to_exitcode(status)
        if self.limit and code in (-signal.SIGXCPU, -signal.SIGKILL):
            return None
        if code:
            raise LabError(f"{self.name}, {len(self.essays)} essays: {log.read_text()[-300:]}")
        return {"cpu_s": used.ru_utime + used.ru_stime, "wall_s": wall, "peak_mb": used.ru_maxrss * 1024 / 1e6}

    def _limit(self) -> None:
        if self.limit:
            resource.setrlimit(resource.RLIMIT_CPU, (self.limit, self.limit + 5))

    @property
    def _edited(self) -> Path:
        return self.essays[len(self.essays) // 2]

    def _edit(self, round: int) -> None:
        before, heading, after = self._edited.read_text(encoding="utf-8").partition("\n## ")
        title, line, rest = after.partition("\n\n")
        self._edited.write_text(f"{before}{heading}{title}{line}{sentence(round)} {rest}", encoding="utf-8")

    def _check(self, kind: str, round: int) -> None:
        """Every essay has its page, and the edited one what was written."""
        for essay in self.essays if kind == "cold" else [self._edited]:
            page = (self.html / "essays" / f"{essay.stem}.html")
            text = page.read_text(encoding="utf-8") if page.exists() else ""
            if f'id="{essay.stem}-part3"' not in text:
                raise LabError(f"{self.name}: {page.name} is not the page of its essay")
            if kind == "edit" and sentence(round) not in text:
                raise LabError(f"{self.name}: {page.name} lacks what was edited in round {round}")


def sentence(round: int) -> str:
    return f"Edit number {'one two three four'.split()[round]} was here."
