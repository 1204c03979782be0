"""Print the table of results.json, as `make bench` does after the lab: a line for each build, medians with their smallest and largest."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from _harness.results import format_number, load
from builds import KINDS

FIGURES = {"CPU s": "{kind}.cpu_s", "wall s": "{kind}.wall_s", "peak MB": "{kind}.peak_mb", "published MB": "output_mb"}
TOOLS = ("ours", "stock")


def table(results):
    """The lines of the table, the head first, each a list of texts."""
    yield ["essays", "build", *(f"{tool} {name}" for tool in TOOLS for name in FIGURES), "CPU, stock over ours"]
    for count in (int(value.value) for key, value in results.values.items() if key.endswith(".essays")):
        for kind in KINDS:
            keys = [f"{tool}.n{count}.{figure.format(kind=kind)}" for tool in TOOLS for figure in FIGURES.values()]
            yield [f"{count:,}", kind, *(shown(results, key) for key in (*keys, f"ratio.n{count}.{kind}_x"))]


def shown(results, key):
    """The median and, of several rounds, the smallest and the largest; nothing where nothing was built."""
    value = results.values.get(key)
    if value is None or value.value is None:
        return "unfinished" if value else ""
    median, low, high = (format_number(n, value.unit) for n in (value.value, value.low or 0, value.high or 0))
    return f"{median} ({low} to {high})" if value.interval else median


def main():
    results = load(HERE / "results.json")
    lines = list(table(results))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    print(f"CPU an essay of 1,000 over that of 100: {shown(results, 'ours.growth_x')}")
    machine = results.receipt["machine"]
    print(f"{results.receipt['started'][:10]}, {machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']:.0f} GiB, {machine['os']}")


if __name__ == "__main__":
    main()
