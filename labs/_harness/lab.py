"""A lab's run: one at a time, on a quiet machine, recorded whole or not at all."""

import argparse
import csv
import io
import math
import platform
import shutil
import signal
import sys
import tempfile
import time
import traceback
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psutil

from _harness import LabError, beside, claims, draw, machine, replications, results
from _harness.sources import Sources

UNCOMMITTED = "a replication belongs to the commit that holds what ran; commit, then run again"


class Lab:
    """Context manager around everything that labs/<slug>/run does.

        with Lab(__file__, seed=20261122) as lab:
            lab.value("seq.pages", 285_915, "pages", "pages read by the full scan")

    It reads the command line (`--quick`, `--again`, `--noisy`), waits for a quiet
    machine, takes the machine-wide lock and, if the block ends well, writes samples/,
    results.json and the figures; in quick mode under .quick/, without the wait and
    without figures, and prints what it gave beside what is recorded; with `--again` one file in replications/ and nothing else. If
    the block fails nothing is written, and a LabError ends the run in one line.

    dir: the lab's directory. workdir: scratch, deleted at the end; other users
    may pass through it but not list it. quick: whether this is a quick run.
    seed: for every random generator.
    """

    def __init__(self, file, seed):
        self.dir = Path(file).resolve().parent
        self.slug = self.dir.name
        parser = argparse.ArgumentParser(prog=f"labs/{self.slug}/run")
        parser.add_argument(
            "--quick", action="store_true", help="a small run, recorded only under .quick/"
        )
        parser.add_argument(
            "--again", action="store_true", help="keep this full run beside the recorded one, in replications/"
        )
        parser.add_argument(
            "--noisy", action="store_true", help="do not wait for a quiet machine; the receipt tells its noise"
        )
        given = parser.parse_args()
        self.quick, self._again, self._noisy = given.quick, given.again, given.noisy
        self.seed = seed
        self._out = self.dir / ".quick" if self.quick else self.dir
        self._versions = {"Python": platform.python_version()}
        self._values, self._tables, self._samples, self._texts = {}, {}, {}, {}
        self._clock = time.monotonic()
        self._resources = ExitStack()

    def __enter__(self):
        # Without this a plain `kill` would leave the lab's servers running.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            self._sources = Sources(self.dir.parents[1], self.slug)
            # What cannot be recorded is refused, or said, before the wait.
            _, changed = self._ask_git()
            if self._again:
                self._prepare_replication(changed)
            elif changed and not self.quick:
                self.log(f"{changed} is not as committed: the receipt will say +dirty")
            with machine.lock(self.slug):
                pass
            self._before = self._wait()
            self._sources.check()
            self._head, self._changed = self._ask_git()
            scratch = tempfile.TemporaryDirectory(prefix="lab-")
            self.workdir = Path(self._resources.enter_context(scratch))
            self.workdir.chmod(0o711)
        except BaseException as error:
            self._resources.close()
            self._end(error)
            raise
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._clock = time.monotonic()
        self._cpu_times = psutil.cpu_times()
        return self

    def __exit__(self, kind, error, trace):
        try:
            with self._resources:
                if error is None:
                    self._record()
        except LabError as failure:
            error = failure
        self._end(error)

    def version(self, name, text):
        """Record the version of a tool, as the tool itself reports it."""
        self._versions[name] = text.strip()

    def value(self, key, value, unit, label, n=1, low=None, high=None, interval=None, reason=None, sample=None):
        """Record one number that the prose may quote.

        key: lower-case path such as "keyset.latency_p99_ms". value: a finite
        number or None, and then `reason` says why. unit: one of `results.COUNTS`
        or `results.CONTINUOUS`, "count" for a bare number, or what is counted in
        words of your own, as in "order|orders". label: noun phrase saying what is
        measured. n: measurements behind it. low, high: bounds of `interval`, such
        as "p5-p95". sample: the name under which `sample` keeps the measurements
        that the value can be computed from; without it, it cannot be. LabError if
        any of it breaks the schema or the key is taken.
        """
        if key in self._values:
            raise LabError(f"{key} has a value already")
        bounds = {"low": rounded(low), "high": rounded(high)}
        where = self._innermost(traceback.walk_stack(sys._getframe(1)))
        optional = bounds | {"interval": interval, "reason": reason, "sample": sample, "where": where}
        entry = {"value": rounded(value), "unit": unit, "label": label, "n": n}
        entry |= {name: given for name, given in optional.items() if given is not None}
        results.check_part({"values": {key: entry}})
        self._values[key] = entry

    def table(self, name, columns, rows):
        """Record the rows of a figure.

        columns: {column: {"label": noun phrase, "unit": unit, or None for text}}; rows: dicts
        with exactly those keys, cells numbers, strings or None.
        """
        rows = [{column: rounded(cell) for column, cell in row.items()} for row in rows]
        results.check_part({"tables": {name: {"columns": columns, "rows": rows}}})
        self._tables[name] = {"columns": columns, "rows": rows}

    def sample(self, name, rows):
        """Keep raw measurements, a list of dicts with the same keys, as samples/<name>.csv."""
        if not rows:
            raise LabError(f"samples {name!r} have no rows")
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({column: rounded(cell) for column, cell in row.items()} for row in rows)
        self._samples[name] = text.getvalue()

    def text(self, name, text):
        """Keep a raw text that is no table, such as a plan, as samples/<name>; a folder there is of such texts alone."""
        self._texts[name] = text

    def log(self, sentence):
        """Tell the person who waits; seconds since the start come first."""
        print(f"[{time.monotonic() - self._clock:6.1f} s] {sentence}", file=sys.stderr)

    def _ask_git(self):
        """HEAD, and the first of the files that run which it does not hold."""
        try:
            return self._sources.uncommitted()
        except LabError:
            if self.quick:
                return "unknown", None
            raise

    def _commit(self):
        """The commit as the receipt names it, marked if it does not hold what ran."""
        changed = self._changed or self._sources.touched()
        if not changed or self._head == "unknown":
            return self._head
        what = "is not as committed" if self._changed else "was written during the run"
        if self._again:
            raise LabError(f"{changed} {what}: {UNCOMMITTED}")
        self.log(f"{changed} {what}: the receipt says +dirty")
        return f"{self._head}+dirty"

    def _prepare_replication(self, changed):
        """Refuse what could not be kept after the run, and remember the claims that it is a run for."""
        if self.quick:
            raise LabError("a short run replicates nothing; leave out quick=1 or again=1")
        replications.recorded(self.dir)
        if changed:
            raise LabError(f"{changed} is not as committed: {UNCOMMITTED}")
        self._claims = claims.read(self.dir)

    def _wait(self):
        def look():
            self._sources.check()
            return machine.look(0.2 if self.quick else 5)

        def take():
            self._resources.enter_context(machine.lock(self.slug))

        looks = 1 if self.quick or self._noisy else machine.LOOKS
        return machine.wait_until_quiet(look, take, time.sleep, self.log, looks)

    def _record(self):
        during = machine.load_since(self._cpu_times)
        receipt = {
            "command": f"make lab slug={self.slug}" + " quick=1" * self.quick + " again=1" * self._again + " noisy=1" * self._noisy,
            "started": self._started,
            "duration_s": round(time.monotonic() - self._clock, 1),
            "commit": self._commit(),
            "machine": machine.describe(),
            "versions": self._versions,
            "seed": self.seed,
            "load": {"before": self._before, "during": during},
            "noise": machine.noise(self._before, during, self._noisy),
        }
        mode = "quick" if self.quick else "full"
        data = {"lab": self.slug, "mode": mode, "receipt": receipt}
        data |= {"values": self._values, "tables": self._tables}
        self._check_samples()
        if self._again:
            path = replications.keep(self.dir, data, self._claims)
        else:
            path = self._replace_results(data)
        self.log(f"recorded in {path}")
        if self.quick:
            print("\n".join(beside.report(self.dir, results.load(path))))
        elif not self._again:  # a figure is laid out for the full run's rows; what does not draw loses no run
            draw.redraw(self.dir / "figures", results.load(path), self.dir / "figures")

    def _check_samples(self):
        """LabError for a value that names samples which the lab did not keep."""
        for key, entry in self._values.items():
            if entry.get("sample") not in (None, *self._samples):
                kept = ", ".join(self._samples) or "none"
                raise LabError(f"{key} names the samples {entry['sample']!r}, which lab.sample was not given; it was given {kept}")

    def _replace_results(self, data):
        path = self._out / "results.json"
        (self._out / "samples").mkdir(parents=True, exist_ok=True)
        results.write(path, data)
        for name, text in self._samples.items():
            results.atomic_write(self._out / "samples" / f"{name}.csv", text)
        self._replace_texts()
        if self.quick:
            trial = replications.free(self._out / "trials", self._started)  # `make margins` compares them
            trial.parent.mkdir(exist_ok=True)
            results.write(trial, data)
        return path

    def _replace_texts(self):
        samples = self._out / "samples"
        for folder in {Path(name).parts[0] for name in self._texts if "/" in name}:
            shutil.rmtree(samples / folder, ignore_errors=True)  # what an earlier run kept under another name
        for name, text in self._texts.items():
            (samples / name).parent.mkdir(parents=True, exist_ok=True)
            results.atomic_write(samples / name, text)

    def _end(self, error):
        """Leave with one line where a traceback would say no more."""
        if isinstance(error, KeyboardInterrupt):
            sys.exit(f"labs/{self.slug}/run: interrupted; nothing was recorded")
        if isinstance(error, LabError):
            sys.exit(f"{self._place(error)}: {error}")

    def _place(self, error):
        """The lab's own line that led to `error`, such as labs/<slug>/run:34."""
        return self._innermost(reversed(list(traceback.walk_tb(error.__traceback__)))) or f"labs/{self.slug}/run"

    def _innermost(self, frames):
        """File and line of the first of `frames`, pairs of a frame and its line, that runs the lab's own code; or None."""
        for frame, line in frames:
            path = Path(frame.f_code.co_filename).resolve()
            if path.is_relative_to(self.dir):
                return f"labs/{self.slug}/{path.relative_to(self.dir)}:{line}"
        return None


def rounded(number):
    """A number with six significant digits, but never fewer than its whole part.

    NumPy's scalars become Python's; what is no float passes as it is; LabError
    for NaN and the infinities.
    """
    number = number.item() if hasattr(number, "item") else number
    if not isinstance(number, float):
        return number
    if not math.isfinite(number):
        raise LabError(f"{number} is not a measurement; record None with a reason")
    number = round(number, 1) if abs(number) >= 1e5 else float(f"{number:.6g}")
    return int(number) if number.is_integer() else number
