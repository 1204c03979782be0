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
    """Of a script: traced, {input: what showed it}; found, {input: crash, "wrong, and exit 0" or "the same"}."""

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
    """The Left of a script that is right in that environment."""
    def run(cwd=None, **change):
        with scripts.desk(script) as (work, variables):
            done = environment.run([work / "job.py"], cwd or work, environment=variables | change)
            return Ended(1 if done.code is None else done.code, done.out)

    return Left(script, trace(script, environment), departure(run, script.expected))


def trace(script, environment):
    with scripts.desk(script) as (work, variables), tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        environment.run([HERE / "traced.py", answer, "job.py"], work, environment=variables)
        return json.loads(answer.read_text("utf-8"))
