"""Draw a lab's figures as SVG for inlining in a page: charts of its tables, and schematics of how a system works.

    make figures slug=<slug>      redraws labs/<slug>/figures/*.svg

The same source and results give the same bytes on every machine. Colours are CSS
custom properties, so a figure follows light and dark.
"""

import sys
from importlib import import_module
from pathlib import Path

from _harness import LabError, results

# How a source's name ends, and the function of the module of its plural that draws it: each takes a second to load.
KINDS = {".vl.json": "chart", ".pic": "schematic"}


def sources(folder):
    """The figures of `folder`, as the name of each and the file that it is drawn from."""
    found = [(path.name.removesuffix(kind), path) for kind in KINDS for path in sorted(Path(folder).glob(f"*{kind}"))]
    for name, path in found:
        if (other := dict(found)[name]) != path:
            raise LabError(f"{other}: {path.name} is drawn to {name}.svg too; give one of them another name")
    return dict(found)


def redraw(folder, found, out):
    """Draw every source of `folder` from the results `found` to <name>.svg in `out`."""
    for name, path in sources(folder).items():
        out.mkdir(exist_ok=True)
        results.atomic_write(out / f"{name}.svg", figure(path, found))


def figure(path, found):
    """The SVG text of the source at `path`; LabError for one that does not draw."""
    kind = next(kind for ending, kind in KINDS.items() if path.name.endswith(ending))
    return getattr(import_module(f"_harness.{kind}s"), kind)(path, found)


def main(slug):
    lab = Path(__file__).resolve().parents[1] / slug
    redraw(lab / "figures", results.load(lab / "results.json"), lab / "figures")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m _harness.draw <slug>")
    try:
        main(sys.argv[1])
    except LabError as error:
        sys.exit(str(error))
