"""The departure test: what each script takes from its author's machine, by trace, and what breaks without it, by trial."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import scripts
from listings.departure import departure

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Left:
    """Of a script: traced, {input: what showed it}; found, {input: crash, "wrong, and exit 0" or "the same"}, without those that were cut off."""

    script: scripts.Script
    traced: dict
    found: dict

    @property
    def agreed(self):
        return sum((what in self.traced) == (said != "the same") for what, said in self.found.items())


@dataclass(frozen=True)
class Ended:
    returncode: int
    stdout: str


def leave(script, environment):
    """The Left of a script, or None of one that is not right before anything is changed, or has no trace."""
    codes = []

    def run(cwd=None, **change):
        with scripts.desk(script) as (work, variables):
            done = environment.run([work / "job.py"], cwd or work, environment=variables | change)
            codes.append(done.code)
            return Ended(1 if done.code is None else done.code, done.out)

    before, traced = run(), trace(script, environment)
    if before.returncode or before.stdout != script.expected or traced is None:
        return None
    found = departure(run, script.expected)
    return Left(script, traced, {what: said for (what, said), code in zip(found.items(), codes[1:], strict=True) if code is not None})


def trace(script, environment):
    """{input: what showed it}, or None of a script that did not come to its end."""
    with scripts.desk(script) as (work, variables), tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        environment.run([HERE / "traced.py", answer, "job.py"], work, environment=variables)
        return json.loads(answer.read_text("utf-8")) if answer.exists() else None
