"""Draw what is older than what it is drawn from, for `make serve`, which calls this before every build.

A lab that has recorded no run yet has its figures drawn below .quick/, over what its quick run gave.
"""

from pathlib import Path

from _harness import LabError, draw, results

LABS = Path(__file__).resolve().parents[1]


def redraw(lab):
    """Draw the lab's stale figures; what does not draw is told in a line each, and its last drawing stays."""
    found = next((path for path in (lab / "results.json", lab / ".quick/results.json") if path.exists()), None)
    if found is None:
        return
    out = found.parent / "figures"
    for name, source in draw.sources(lab / "figures").items():
        drawn = out / f"{name}.svg"
        if drawn.exists() and drawn.stat().st_mtime_ns >= max(path.stat().st_mtime_ns for path in (source, found)):
            continue
        try:
            out.mkdir(exist_ok=True)
            results.atomic_write(drawn, draw.figure(source, results.load(found)))
        except (LabError, OSError) as error:
            print(f"{error}; {drawn} stays as it was")


if __name__ == "__main__":
    for run in sorted(LABS.glob("*/run")):
        try:
            redraw(run.parent)
        except LabError as error:  # two sources of one drawing
            print(f"{error}; its drawings stay as they were")
