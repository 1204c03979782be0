"""The service itself: an HNSW index, a lineage store in SQLite, and the job that feeds them."""

import hashlib
import sqlite3
import time
from pathlib import Path

import hnswlib
import numpy as np
from _harness import LabError

from encoders import DIMENSIONS
from space import K

GRAPH = {"M": 16, "ef_construction": 200}
SEARCH_WIDTH = 100
SCHEMA = """
create table chunk (
  label integer primary key, path text, hash text, encoder text, written integer, body text
);
create index chunk_source on chunk (path, hash);
create table source (path text, hash text, primary key (path, hash)) without rowid;
create table served (day integer, label integer);
"""
STALE_SERVED = Path(__file__).with_name("stale-served.sql").read_text(encoding="utf-8")
ORPHANS = """
select label from chunk
where encoder <> ? or not exists (select 1 from source where (path, hash) = (chunk.path, chunk.hash))
"""
MISSING = """
select path, hash from source
where not exists (select 1 from chunk where (path, hash) = (source.path, source.hash) and encoder = ?)
"""
NATIVE, FOREIGN = "all-MiniLM-L6-v2", "paraphrase-MiniLM-L3-v2"


class Service:
    """One index and its lineage. A row's label is new with each write; `column` says what it holds."""

    def __init__(self, world, space, room, seed):
        self._world, self._space = world, space
        self._graph = hnswlib.Index("ip", DIMENSIONS)
        self._graph.init_index(room, random_seed=seed, allow_replace_deleted=True, **GRAPH)
        self._graph.set_ef(SEARCH_WIDTH)
        self._graph.set_num_threads(1)  # two threads would make another graph each time
        self._labels, self._column = {}, []
        self._store = sqlite3.connect(":memory:")
        self._store.executescript(SCHEMA)
        self._hashes = [hashlib.sha256(text.encode()).hexdigest() for text in world.texts]

    @property
    def rows(self):
        return len(self._labels)

    @property
    def columns(self):
        return np.array(sorted(self._labels))

    @property
    def source_rows(self):
        return self._store.execute("select count(*) from source").fetchone()[0]

    def become(self, columns, day):
        """Write and delete until the index holds exactly `columns`; returns rows written, deleted."""
        wanted = set(columns.tolist())
        gone = sorted(self._labels.keys() - wanted)
        new = sorted(wanted - self._labels.keys())
        self._delete([self._labels.pop(column) for column in gone])
        self._add(new, self._space.vectors[new], day)
        return len(new), len(gone)

    def source_is(self, chunks):
        """Replace the manifest: chunk ids that the source yields now."""
        self._store.execute("delete from source")
        rows = [self._identity(chunk) for chunk in chunks.tolist()]
        self._store.executemany("insert or ignore into source values (?, ?)", rows)

    def search(self, vectors, k=K):
        """(columns, similarities), each (len(vectors), k), best first."""
        labels, distances = self._graph.knn_query(vectors, k)
        return np.array(self._column)[labels.astype(int)], 1 - distances

    def log(self, columns, day):
        """Note what was served on `day`."""
        labels = [(day, self._labels[column]) for column in columns.ravel().tolist()]
        self._store.executemany("insert into served values (?, ?)", labels)

    def timed(self, question, encoder):
        """Milliseconds of processor time from a question's text to the texts of its answers."""
        began = time.thread_time()
        labels, _ = self._graph.knn_query(encoder.one(question), K)
        marks = ",".join("?" * K)
        self._store.execute(f"select body from chunk where label in ({marks})", labels[0].tolist()).fetchall()
        return 1000 * (time.thread_time() - began)

    def stale_served(self, day):
        """Share of the rows served on `day` whose path and hash the source no longer has."""
        return self._store.execute(STALE_SERVED, (day,)).fetchone()[0]

    def reconcile(self, encode, day):
        """Make the index what the source says: (rows deleted, chunks embedded, CPU seconds)."""
        began = time.process_time()
        orphans = [label for (label,) in self._store.execute(ORPHANS, (NATIVE,))]
        for label in orphans:
            del self._labels[self._column[label]]
        self._delete(orphans)
        missing = {tuple(row) for row in self._store.execute(MISSING, (NATIVE,))}
        chunks = [each for each in self._space.native if self._identity(each) in missing]
        if chunks:
            vectors = encode([self._world.texts[each] for each in chunks])
            self._add([self._space.native[each] for each in chunks], vectors, day)
        return len(orphans), len(chunks), time.process_time() - began

    def check(self):
        """LabError unless graph, lineage store and our own list agree on what is held."""
        stored = {label for (label,) in self._store.execute("select label from chunk")}
        if stored != set(self._labels.values()) or len(stored) != len(self._labels):
            raise LabError(f"the store has {len(stored)} rows, the index {len(self._labels)}")

    def _identity(self, chunk):
        return self._world.paths[self._world.page_of[chunk]], self._hashes[chunk]

    def _add(self, columns, vectors, day):
        if not columns:
            return
        labels = list(range(len(self._column), len(self._column) + len(columns)))
        self._graph.add_items(vectors, labels, num_threads=1, replace_deleted=True)
        self._labels |= dict(zip(columns, labels, strict=True))
        self._column += columns
        self._store.executemany(
            "insert into chunk values (?, ?, ?, ?, ?, ?)", self._described(columns, labels, day)
        )

    def _described(self, columns, labels, day):
        for column, label in zip(columns, labels, strict=True):
            chunk = self._space.chunk[column]
            encoder = FOREIGN if self._space.is_foreign[column] else NATIVE
            yield label, *self._identity(chunk), encoder, day, self._world.texts[chunk]

    def _delete(self, labels):
        for label in labels:
            self._graph.mark_deleted(label)
        self._store.executemany("delete from chunk where label = ?", [(label,) for label in labels])
