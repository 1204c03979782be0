"""What finding the nearest passages costs beside encoding the question: exactly and by HNSW, over growing numbers of rows."""

import statistics
import time
from dataclasses import dataclass

import numpy as np
from passages import NEIGHBOURS, graph, neighbours
from threadpoolctl import threadpool_limits

ROUNDS, ASKED = 5, 20  # rounds, and questions of each
EXACT, HNSW, ENCODER = "exact", "HNSW", "encoder"


@dataclass
class Costs:
    """CPU milliseconds of a question in each round. found: {(way, rows): [ms]}, rows None for the encoder. served: rows of the largest
    graph. recall: percent of the exact neighbours that HNSW found in it."""

    sizes: tuple
    served: int
    found: dict
    recall: float

    def crossings(self):
        """Rows at which an exact search costs what encoding does, in each round; None where no size reaches that."""
        columns = zip(*(self.found[EXACT, rows] for rows in self.sizes), strict=True)
        return [_crossing(self.sizes, exact, encode) for exact, encode in zip(columns, self.found[ENCODER, None], strict=True)]


def measure(folder, vectors, sizes, served, questions, encoder):
    """The costs over the first `sizes` of `vectors`; of those up to `served`, `folder` has graphs. The ways take turns, on one thread."""
    graphs = {rows: graph(folder, rows) for rows in sizes if rows <= served}
    asked = questions[:ASKED]
    embedded = [encoder.one(question) for question in asked]
    works = {(ENCODER, None): (encoder.one, asked)}
    for rows in sizes:
        works[EXACT, rows] = lambda vector, among=vectors[:rows]: exact(among, vector), embedded
    for rows in graphs:
        works[HNSW, rows] = lambda vector, among=graphs[rows]: neighbours(among, vector), embedded
    with threadpool_limits(1, "blas"):
        recall = _recall(vectors[:served], graphs[served], embedded)
        rounds = [{way: _cpu_ms(*work) for way, work in works.items()} for _ in range(ROUNDS)]
    return Costs(sizes, served, {way: [each[way] for each in rounds] for way in works}, recall)


def exact(vectors, vector):
    """Ids of the nearest to float32 (1, dimensions), nearest first."""
    scores = vectors @ vector[0]
    nearest = np.argpartition(scores, -NEIGHBOURS)[-NEIGHBOURS:]
    return nearest[np.argsort(-scores[nearest])].tolist()


def record(lab, costs):
    lab.value("inputs.budget.rounds", ROUNDS, "count", "rounds in which the searches and the encoder took turns")
    for key, way, rows, what in (
        ("encode", ENCODER, None, "of encoding a question, beside searches"),
        ("exact", EXACT, costs.served, f"of an exact search over {costs.served:,} rows"),
        ("hnsw", HNSW, costs.served, f"of an HNSW search over {costs.served:,} rows"),
    ):
        lab.value(f"budget.{key}_cpu_ms", *_middle(costs.found[way, rows], "ms", f"CPU time {what}"), sample="search_cost")
    lab.value("budget.hnsw_recall_percent", costs.recall, "%", f"of the exact five neighbours that HNSW found among {costs.served:,} rows", ASKED)
    _record_crossing(lab, costs)
    columns = {"rows": {"label": "rows", "unit": "rows"}, "way": {"label": "way to search", "unit": None},
               "cpu_ms": {"label": "CPU time, median round", "unit": "ms"}, "low": {"label": "lowest round", "unit": "ms"},
               "high": {"label": "highest round", "unit": "ms"}}
    lab.table("exact_cost", columns, [_row(costs, way, rows) for way, rows in _places(costs)])
    lab.sample("search_cost", [{"way": way, "rows": rows, "round": number, "cpu_ms": ms}
                               for (way, rows), found in costs.found.items() for number, ms in enumerate(found, 1)])


def _record_crossing(lab, costs):
    key, label = "budget.exact_equals_encoder_rows", "rows at which an exact search costs as much CPU as encoding the question"
    crossings = costs.crossings()
    if None in crossings:
        lab.value(key, None, "rows", label, ROUNDS, reason=f"not between {costs.sizes[0]:,} and {costs.sizes[-1]:,} rows in every round")
    else:
        lab.value(key, *_middle([round(rows) for rows in crossings], "rows", label), sample="search_cost")


def _middle(found, unit, label):
    """What `Lab.value` takes after the key: the median round and the range."""
    return statistics.median(found), unit, label, len(found), min(found), max(found), "range of the rounds"


def _places(costs):
    """(way, rows) of the table: the encoder at every size, a line to compare with."""
    return [(ENCODER, rows) for rows in costs.sizes] + [place for place in costs.found if place[0] != ENCODER]


def _row(costs, way, rows):
    found = costs.found[way, None if way == ENCODER else rows]
    return {"rows": rows, "way": way, "cpu_ms": statistics.median(found), "low": min(found), "high": max(found)}


def _cpu_ms(work, given):
    """CPU milliseconds of the whole process for each of `given`: a thread that a library starts counts."""
    began = time.process_time()
    for one in given:
        work(one)
    return 1000 * (time.process_time() - began) / len(given)


def _recall(vectors, opened, embedded):
    """Percent of the exact neighbours that the graph finds."""
    shared = [len({*exact(vectors, vector)} & {*neighbours(opened, vector)}) for vector in embedded]
    return 100 * sum(shared) / (NEIGHBOURS * len(embedded))


def _crossing(sizes, exact_ms, encode_ms):
    """Straight between the two nearest sizes, on logarithmic scales."""
    if not exact_ms[0] <= encode_ms <= exact_ms[-1]:
        return None
    return float(np.exp(np.interp(np.log(encode_ms), np.log(exact_ms), np.log(sizes))))
