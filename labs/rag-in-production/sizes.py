"""What chunk size, window and fusion do to the answers: one corpus, one scoring, every pair of settings on the same questions."""

from dataclasses import dataclass, field

import numpy as np

import search
from encode import WIDER, WINDOW

SIZES = 90, 180, 360, 720  # words of a chunk
LARGE = 360  # the size at which both windows are tried
K, CONTEXT = 5, 720  # chunks handed on, or words
MEASURES = {"k5": {"k": K}, "context": {"context": CONTEXT}}


@dataclass
class Found:
    """hit[size, ranker, window][measure]: a boolean for each question. read[size, window]: share of each answer's words that the
    encoder read. chunks[size]; vectors[size, window]: {pooling: array}; asked: the questions’ vectors {pooling: array};
    unread[size, window]: share of all pieces beyond the window."""

    hit: dict = field(default_factory=dict)
    read: dict = field(default_factory=dict)
    chunks: dict = field(default_factory=dict)
    vectors: dict = field(default_factory=dict)
    asked: dict = field(default_factory=dict)
    unread: dict = field(default_factory=dict)


def measure(lab, corpus, encoders, pieces, static):
    """Found, of all questions of `corpus`. encoders: {window: Windowed}."""
    found = Found(asked=encoders[WINDOW]([one.text for one in corpus.questions]))
    asked_static = static([one.text for one in corpus.questions])
    for size in SIZES:
        chunks = found.chunks[size] = corpus.windows(size)
        texts = [corpus.text(chunk) for chunk in chunks]
        words = search.bm25(texts, [one.text for one in corpus.questions])
        _score(found, corpus, size, "bm25", None, words)
        _score(found, corpus, size, "static", None, search.dense(static(texts), asked_static))
        for window in (WINDOW, WIDER) if size == LARGE else (WINDOW,):
            _dense(found, corpus, encoders[window], pieces, window, size, texts, words)
            lab.log(f"{size} words, window of {window}")
    return found


def _dense(found, corpus, encoder, pieces, window, size, texts, words):
    vectors = found.vectors[size, window] = encoder(texts)
    scores = search.dense(vectors["mean"], found.asked["mean"])
    _score(found, corpus, size, "dense", window, scores)
    _score(found, corpus, size, "rrf", window, search.rrf(scores, words))
    _score(found, corpus, size, "rrf10", window, search.rrf(scores, words, 10))
    _score(found, corpus, size, "convex", window, search.convex(scores, words))
    read = pieces.words_read(texts, window)
    found.read[size, window] = np.array([answer_read(question, found.chunks[size], read) for question in corpus.questions])
    _, found.unread[size, window], _ = pieces.shares(texts, window)


def _score(found, corpus, size, ranker, window, scores):
    ranked = search.ranking(scores)
    found.hit[size, ranker, window] = {
        name: search.hits(ranked, found.chunks[size], corpus.questions, **how) for name, how in MEASURES.items()
    }


def answer_read(question, chunks, read):
    """Share of the answer's words that lie in what was read of the chunks."""
    return search.covered(question, [(page, start, start + words) for (page, start, _), words in zip(chunks, read, strict=True) if page == question.page])
