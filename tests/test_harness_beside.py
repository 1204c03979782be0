"""What a quick run says at its end: its values beside the recorded ones, and what it cannot show."""

from __future__ import annotations

from pathlib import Path

import pytest
from _harness import LabError, beside, claims, results

ROOT = Path(__file__).resolve().parents[1]
LOAD = {"load_1m": 0, "busy_percent": 1, "steal_percent": 0}
RECEIPT = {
    "command": "make lab slug=demo", "started": "2026-11-20T12:00:00+00:00", "duration_s": 60, "commit": "0123456789abcdef0123456789abcdef01234567",
    "machine": {"cpu": "A", "cores": 2, "memory_gib": 8, "kernel": "1", "os": "B", "id": "0123456789abcdef"}, "versions": {}, "seed": 1,
    "load": {"before": LOAD, "during": LOAD}, "noise": None}
CLAIMS = '''import pytest

def test_fast(results):
    """A scan is fast."""
    assert results["scan.median_ms"] < 2

@pytest.mark.xfail(strict=True, reason="It does not.")
def test_grows(results):
    """Its time grows with the rows."""
    assert results["scan.growth_x"] > 1
'''


def run(mode: str, **values: float | None) -> dict:
    """A run's data; a key's point is written as two underscores, and its unit is what it ends with."""
    units = {"rows": "rows", "ms": "ms", "x": "x"}
    entries = {key.replace("__", "."): {"value": value, "unit": units[key.rpartition("_")[2]], "label": "a thing", "n": 1}
               | ({"reason": "nothing waited"} if value is None else {}) for key, value in values.items()}
    return {"lab": "demo", "mode": mode, "receipt": RECEIPT, "values": entries, "tables": {}}


@pytest.fixture
def lab(tmp_path) -> Path:
    """A lab with a recorded run."""
    lab = tmp_path / "labs/demo"
    lab.mkdir(parents=True)
    (lab / "test_claims.py").write_text(CLAIMS)
    data = run("full", inputs__all_rows=20_000, inputs__page_rows=20, scan__median_ms=1.5, scan__wait_ms=1, scan__growth_x=1, far__seen_rows=7)
    data["values"]["scan.wait_ms"] |= {"low": 0.5, "high": 1.5, "interval": "p5-p95"}
    results.write(lab / "results.json", data)
    return lab


def quick(**values: float | None) -> results.Results:
    given = {"inputs__all_rows": 200, "inputs__page_rows": 20, "scan__median_ms": 2.5, "scan__wait_ms": None} | values
    return results.Results("quick", run("quick", **given), "")


def told(lab: Path, quick: results.Results) -> list[str]:
    return [" ".join(line.split()) for line in beside.report(lab, quick)[1:]]


def test_a_quick_run_is_set_beside_the_recorded_one(lab):
    """It ended with the name of a file, and whoever had run it looked up each number in two of them."""
    assert told(lab, quick()) == [
        "quick recorded 2026-11-20",
        "values", "scan.median_ms 2.5 ms 1.5 ms", "scan.wait_ms not measured 1 ms 0.5 to 1.5 (p5-p95)",
        "claims", "fast fails holds", "grows not run fails",
        "inputs that differ, so the rest may", "inputs.all_rows 200 rows 20,000 rows",
        "Only a full run has the other 2 of 6 recorded values: far 1, scan 1."]


def test_a_quick_run_that_measures_all_there_is_lacks_nothing(lab):
    """"The other 0 of 6 values" is no sentence."""
    assert told(lab, quick(scan__growth_x=2, far__seen_rows=7))[-1] == "inputs.all_rows 200 rows 20,000 rows"


def test_what_runs_differ_in_stands_beside_their_interval(lab):
    """An interval is no forecast of the next run, and this is the next run."""
    data = run("again", scan__median_ms=1.75, scan__wait_ms=1) | {"claims": claims.fingerprints(CLAIMS)}
    (lab / "replications").mkdir()
    data["receipt"] = RECEIPT | {"started": "2026-11-21T12:00:00+00:00"}
    results.write(lab / "replications/2026-11-21-1.json", data)
    assert told(lab, quick())[2:4] == ["scan.median_ms 2.5 ms 1.5 ms 1.5 to 1.75 in 2 runs", "scan.wait_ms not measured 1 ms the same in 2 runs"]


def test_of_many_values_those_that_claims_read_are_shown(lab):
    """One lab records 1,281: nobody finds the thesis in them."""
    many = {f"scan__n{number}_rows": number for number in range(beside.MOST)}
    recorded = run("full", scan__median_ms=1.5, **many)
    results.write(lab / "results.json", recorded)
    assert told(lab, quick(**many))[:3] == ["quick recorded 2026-11-20", f"values that claims read, of {beside.MOST + 1}", "scan.median_ms 2.5 ms 1.5 ms"]
    assert len(beside.report(lab, quick(**many))) < 12


def test_its_columns_stand_one_below_the_other(lab):
    """Of numbers that are not aligned nobody sees which is larger."""
    lines = beside.report(lab, quick())
    ends = [{line.index(cell) + len(cell) for line in lines for cell in cells if cell in line}
            for cells in (["quick", "2.5\N{NO-BREAK SPACE}ms", "not run"], ["recorded 2026-11-20", "1.5\N{NO-BREAK SPACE}ms", "20,000\N{NO-BREAK SPACE}rows"])]
    assert [len(column) for column in ends] == [1, 1]


def test_a_drafts_quick_run_has_nothing_beside_it(lab):
    """A table with one column of numbers looks like a comparison."""
    (lab / "results.json").unlink()
    assert beside.report(lab, quick()) == ["labs/demo has no recorded run to set beside this; make lab slug=demo records one"]


def test_claims_that_are_no_python_are_told_in_one_line(lab):
    """The run is kept by then; a traceback would look as if it were not."""
    (lab / "test_claims.py").write_text("def")
    with pytest.raises(LabError, match="test_claims.py:1: invalid syntax.*; mend the file"):
        beside.report(lab, quick())
