"""What a tenant gets of its own rows where the store filters after it has chosen the neighbours: by way, size and subject.

Vectors are of an encoder without a window: what is at stake is who gets which rows.
"""

from dataclasses import dataclass, field

import numpy as np
from _harness import LabError
from dealing import deal
from pgvector import EXACT, K, NEAREST, TENANT_FIRST, Chunks, connected

WIDE = 768  # dimensions of many encoders; a vector of so many is stored beside its row, not in it
ROWS, GROWN = (1_000, 10_000, 100_000), (700, 1_400, 2_800, 7_000, 28_000, 100_000)
QUICK_ROWS, QUICK_GROWN = (1_000,), (700, 1_000)
QUESTIONS, QUICK_QUESTIONS = 400, 30
CHECKED = 20  # questions of each filter and table that NumPy answers too
TOLERANCE = 1e-5  # of a cosine distance, between two ways to add it up
FILTERS = "random", "own", "foreign"


@dataclass(frozen=True)
class Way:
    """One way to ask. indexed: there is a b-tree on the tenant."""

    title: str
    settings: dict = field(default_factory=dict)
    indexed: bool = False
    query: str = NEAREST


WAYS = {
    "defaults": Way("pgvector's defaults"),
    "forced": Way("defaults, HNSW forced", {"enable_seqscan": "off", "enable_sort": "off"}),
    "ef200": Way("ef_search 200", {"hnsw.ef_search": 200}),
    "strict": Way("iterative scan, strict order", {"hnsw.iterative_scan": "strict_order"}),
    "relaxed": Way("iterative scan, relaxed order", {"hnsw.iterative_scan": "relaxed_order"}),
    "btree": Way("b-tree on the tenant", indexed=True),
    "first": Way("b-tree, tenant's rows first", indexed=True, query=TENANT_FIRST),
    "exact": Way("b-tree, HNSW switched off", EXACT, indexed=True),  # the last, and tried of all: what the others are judged by
}
TRIED = dict.fromkeys(FILTERS, tuple(WAYS)) | dict.fromkeys(
    ("growth", "story", "wide"), ("defaults", "forced", "btree", "first", "exact")
)


@dataclass(frozen=True)
class Cell:
    """Of each question: recall, 0 to 1; short, whether rows are missing that the tenant has; empty; ms of the round trip; by_graph."""

    recall: np.ndarray
    short: np.ndarray
    empty: np.ndarray
    ms: np.ndarray
    by_graph: np.ndarray


@dataclass
class Found:
    """cells: {(filter, rows, way): Cell}, "growth" being a filter here. pages: {filter: the page of each question}. shares:
    {(filter, rows): share of the rows that a question's tenant has, on average}."""

    cells: dict
    pages: dict
    shares: dict


def measure(lab, corpora, encode, carried):
    """Found. corpora: {project: Corpus}, the first of which asks; encode: texts to float32 (texts, dimensions), rows of length 1; carried:
    the question that the essay follows."""
    sizes, grown = (QUICK_ROWS, QUICK_GROWN) if lab.quick else (ROWS, GROWN)
    questions = next(iter(corpora.values())).questions
    rows = deal(corpora, sizes[-1], QUICK_QUESTIONS if lab.quick else QUESTIONS, questions.index(carried), lab.seed)
    vectors, asking = encode(rows.texts), encode([question.text for question in questions])
    lab.log(f"encoded {len(vectors):,} rows for tenants")
    found = Found({}, {name: np.array([questions[number].page for number in one.questions]) for name, one in rows.asked.items()}, {})
    with connected(lab) as connection:
        for filters, numbers in _tables(rows, sizes, grown):
            columns = {name: column[numbers] for name, column in rows.columns.items()}
            asked = {name: rows.asked[name] for name in filters}
            shape = _padded if "wide" in filters else np.asarray
            got = _every_way(connection, shape(vectors[numbers]), columns, asked, shape(asking))
            for (name, way), answered in got.items():
                found.cells[name, len(numbers), way] = _compared(answered, got[name, "exact"])
            for name, one in asked.items():
                found.shares[name, len(numbers)] = np.mean(columns[one.column] == one.tenants[:, None])
            lab.log(f"asked {', '.join(filters)} among {len(numbers):,} rows")
    return found


def _padded(vectors):
    """The same vectors with zeros up to WIDE dimensions, which changes no distance."""
    return np.pad(vectors, ((0, 0), (0, WIDE - vectors.shape[1])))


def _tables(rows, sizes, grown):
    """(filters, row numbers) of each table; the largest serves them all."""
    for size in sizes[:-1]:
        yield FILTERS, rows.arrived(rows.sampled[:size])
    for size in grown[:-1]:
        yield ("growth",), rows.arrived(np.arange(size))
    yield ("wide",), rows.arrived(rows.sampled[: sizes[len(sizes) // 2]])
    yield (*FILTERS, "growth", "story"), rows.arrived(np.arange(sizes[-1]))


def _every_way(connection, vectors, columns, asked, asking):
    """{(filter, way): an Answer of the server for each question}. asked: {filter: Asked}; asking: the questions' vectors."""
    table = Chunks(connection, vectors, columns)
    pairs = {name: list(zip(asking[one.questions], one.tenants, strict=True)) for name, one in asked.items()}
    got = {}
    for indexed in (False, True):
        for column in sorted({one.column for one in asked.values()}) if indexed else ():
            table.index(column)
        for name, one in asked.items():
            for way in (way for way in TRIED[name] if WAYS[way].indexed == indexed):
                got[name, way] = table.ask(one.column, pairs[name], WAYS[way].settings, WAYS[way].query)
    for name, one in asked.items():
        _check(got[name, "exact"], pairs[name], vectors, columns[one.column])
    return got


def _check(exact, pairs, vectors, tenants):
    """LabError unless the first of PostgreSQL's exact answers are NumPy's, to the distance."""
    for answer, (vector, tenant) in list(zip(exact, pairs, strict=True))[:CHECKED]:
        nearest = np.sort(1 - vectors[tenants == tenant] @ vector)[:K]
        again = 1 - vectors[answer.ids] @ vector
        if not (tenants[answer.ids] == tenant).all() or len(nearest) != len(again) or max(
            np.abs(nearest - again).max(), np.abs(nearest - answer.distances).max()) > TOLERANCE:
            raise LabError(f"exact search in tenant {tenant} gives {answer.distances}, NumPy {nearest.tolist()}; mend pgvector.py")


def _compared(answered, exact):
    """The Cell of the answers. A row counts if it is as near as the last that exact search gives, so ties do not matter."""
    near = [sum(distance <= one.distances[-1] for distance in answer.distances) for answer, one in zip(answered, exact, strict=True)]
    got, there = (np.array([len(answer.ids) for answer in some]) for some in (answered, exact))
    ms, by_graph = (np.array([getattr(answer, name) for answer in answered]) for name in ("ms", "by_graph"))
    return Cell(near / there, got < there, got == 0, ms, by_graph)
