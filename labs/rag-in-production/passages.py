"""Passages as a service keeps them: an HNSW graph of their vectors and a SQLite table of their texts, in one folder."""

import sqlite3

import hnswlib
import numpy as np
from encoders import DIMENSIONS

NEIGHBOURS = 5  # that answer a question
M, EF_CONSTRUCTION, EF = 16, 200, 100
NOISE = 0.02  # standard deviation in each dimension: a copy's cosine to its original is about 0.93
TEXTS = "texts.sqlite"


class Passages:
    """The first `rows` of what `write` wrote into `folder`, for one thread at a time."""

    def __init__(self, folder, rows):
        self._graph = graph(folder, rows)
        self._texts = sqlite3.connect(f"file:{folder / TEXTS}?mode=ro", uri=True, check_same_thread=False)

    def nearest(self, vector):
        """Ids of the NEIGHBOURS nearest to float32 (1, dimensions), nearest first, on the calling thread."""
        return neighbours(self._graph, vector)

    def texts(self, ids):
        """The texts of five ids, in their order."""
        marks = ", ".join("?" * len(ids))
        found = dict(self._texts.execute(f"SELECT id, text FROM texts WHERE id IN ({marks})", ids))
        return [found[number] for number in ids]


def topped_up(vectors, rows, seed):
    """float32 (rows, dimensions) of length 1: the vectors, then noisy copies of them in turn.

    A stand-in for more text: a search over it costs what one over so many rows does, and what it finds says nothing.
    """
    made = np.resize(vectors, (rows, DIMENSIONS))
    copies = made[len(vectors) :]
    copies += NOISE * np.random.default_rng(seed).standard_normal(copies.shape, np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def write(folder, vectors, sizes, texts, seed):
    """A graph of the first vectors for each of the growing `sizes`, and texts for the last of them: a copy has its original's.

    All cores insert, so that two runs' graphs differ a little.
    """
    made = hnswlib.Index("ip", DIMENSIONS)
    made.init_index(sizes[-1], M, EF_CONSTRUCTION, seed)
    for size in sizes:
        added = np.arange(made.get_current_count(), size)
        made.add_items(vectors[added], added)
        made.save_index(_place(folder, size))
    with sqlite3.connect(folder / TEXTS) as store:
        store.execute("CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT)")
        store.executemany("INSERT INTO texts VALUES (?, ?)", ((row, texts[row % len(texts)]) for row in range(sizes[-1])))
    store.close()


def graph(folder, rows):
    """The graph of so many rows."""
    opened = hnswlib.Index("ip", DIMENSIONS)
    opened.load_index(_place(folder, rows))
    opened.set_ef(EF)
    return opened


def neighbours(opened, vector):
    ids, _ = opened.knn_query(vector, NEIGHBOURS, num_threads=1)
    return ids[0].tolist()


def _place(folder, rows):
    return str(folder / f"{rows}.hnsw")
