"""Replications: further full runs of a lab, of which the recorded one alone is quoted.

    make lab slug=<slug> again=1                   runs the lab and keeps the run in labs/<slug>/replications/
    make replication slug=<slug> file=<results>    takes in a run from elsewhere

A replication has the shape of results.json, with the fingerprints of the claims as they were when it ran, and only
those tables that claims read; its samples are not kept. The site imports this module, so it needs no more than
`_harness.results` does.
"""

import json
import sys
from datetime import datetime
from itertools import count, pairwise
from pathlib import Path

from _harness import LabError, claims, results
from _harness.results import Results, ResultsError
from _harness.sources import git

ROOT = Path(__file__).resolve().parents[2]


def load(lab):
    """The replications of the lab in the folder `lab`, as Results that have `claims`, oldest first."""
    lab = Path(lab)
    runs = sorted((_replication(path, lab.name) for path in sorted(lab.glob("replications/*.json"))), key=_start)
    for one, other in pairwise(runs):
        if _start(one) == _start(other):
            raise ResultsError(f"{other.path}: the same run as {one.path.name}; remove one of them")
    return runs


def recorded(lab):
    """The run that `lab` quotes. ResultsError if there is none, or another lab's or a short one in its place."""
    found = results.load(lab / "results.json")
    if (found.lab, found.mode) != (lab.name, "full"):
        raise ResultsError(f"{found.path}: no full run of {lab.name!r}; run `make lab slug={lab.name}` first")
    return found


def keep(lab, data, source):
    """Write `data`, a full run of `lab` beside claims of the text `source`, as one more replication; its path."""
    read = claims.tables(source, data["tables"])
    kept = data | {
        "mode": "again",
        "values": {key: _without_samples(entry) for key, entry in data["values"].items()},
        "tables": {name: table for name, table in data["tables"].items() if name in read},
        "claims": claims.fingerprints(source),
    }
    path = free(lab / "replications", data["receipt"]["started"])
    results.check(kept, path, "correct the lab that wrote this")
    path.parent.mkdir(exist_ok=True)
    results.atomic_write(path, _lines(kept, 2) + "\n")
    return path


def take(lab, file):
    """Keep the results in `file`, which another machine wrote. ResultsError in one line if they are no run of ours.

    Returns the new path, how many of the lab's claims are what they were when it ran, and how many there are.
    """
    here = claims.fingerprints(claims.read(lab))
    known = [recorded(lab), *load(lab)]
    data, _ = results.read(Path(file), "ask for the file as `make lab` wrote it")
    if data["lab"] != lab.name:
        raise ResultsError(f"{file}: this is a run of {data['lab']!r}; take it in with slug={data['lab']}")
    if data["mode"] == "quick":
        raise ResultsError(f"{file}: this is a quick run; ask for a full one")
    receipt = data["receipt"]
    for run in known:
        if _start(run) == _instant(receipt):
            raise ResultsError(f"{file}: this run is here already; see {run.path.relative_to(lab.parents[1])}")
    source = _claims_at(receipt["commit"], lab, file)
    same = here.items() & claims.fingerprints(source).items()
    if not same:
        raise ResultsError(f"{file}: no claim is what it was at its commit {receipt['commit']}; ask for a run of the lab as it is")
    receipt["machine"].setdefault("id", results.digest(json.dumps(receipt["machine"], sort_keys=True)))
    return keep(lab, data, source), len(same), len(here)


def free(folder, started):
    """The next path <date>-<n>.json in `folder` for a run that started then."""
    paths = (folder / f"{started[:10]}-{n}.json" for n in count(1))
    return next(path for path in paths if not path.exists())


def _replication(path, slug):
    cure = "take it from git again, or remove it"
    found = Results(path, *results.read(path, cure))
    if found.lab != slug:
        raise ResultsError(f"{path}: this is a run of {found.lab!r}, not of {slug!r}; {cure}")
    if found.mode != "again":
        raise ResultsError(f"{path}: results as a lab writes them; remove it, and take it in with `make replication slug={slug} file=…`")
    return found


def _start(run):
    return _instant(run.receipt)


def _instant(receipt):
    return datetime.fromisoformat(receipt["started"])


def _claims_at(commit, lab, file):
    """The text of the claims of `lab` at `commit`, which the receipt of `file` names."""
    if commit.endswith("+dirty"):
        raise ResultsError(f"{file}: its commit is {commit}, which does not hold what ran; ask for a run of a commit")
    try:
        return git(lab.parents[1], "show", f"{commit}:labs/{lab.name}/test_claims.py")
    except LabError:
        raise ResultsError(f"{file}: this clone has no claims of {lab.name!r} at its commit {commit}; fetch that commit first") from None


def _without_samples(entry):
    """The value as an entry that does not point to the recorded run's samples."""
    return {name: given for name, given in entry.items() if name not in ("sample", "where")}


def _lines(data, depth):
    """JSON with one line for each value of an object `depth` objects deep."""
    if not depth or not isinstance(data, dict):
        return json.dumps(data, ensure_ascii=False, allow_nan=False)
    return "{\n" + ",\n".join(f"{json.dumps(key)}: {_lines(value, depth - 1)}" for key, value in data.items()) + "\n}"


def main(slug, file):
    lab = ROOT / "labs" / slug
    if not (lab / "run").is_file():
        raise LabError(f"no lab {slug!r}; name one of labs/ with slug=…")
    if not file:
        raise LabError("no file; name the results to take in with file=…")
    path, same, claimed = take(lab, file)
    print(f"{path.relative_to(ROOT)}: {same} of {claimed} claims are what they were when this ran")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: make replication slug=<slug> file=<results.json>")
    try:
        main(*sys.argv[1:])
    except LabError as error:
        sys.exit(str(error))
