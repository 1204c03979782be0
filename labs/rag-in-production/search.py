"""Scores of every chunk for every question, by four rankers and two ways to fuse them; and what counts as a hit.

Scores are arrays (questions, chunks), larger is better, -inf for what a ranker does not find at all.
"""

import bm25s
import numpy as np

DEPTH = 100  # chunks of each ranker that are fused
RRF = 60  # the constant of Cormack, Clarke and Büttcher, SIGIR 2009
SHARE = 0.5  # of an answer's words that make a hit


def dense(vectors, questions):
    """Cosine; rows of both arrays have length 1."""
    return questions @ vectors.T


def bm25(texts, questions):
    """BM25 as bm25s has it (k1 1.5, b 0.75, Lucene's form), its tokenizer and English stop words, over lower case."""
    index = bm25s.BM25()
    index.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)
    asked = bm25s.tokenize(questions, stopwords="en", return_ids=False, show_progress=False)
    scores = np.array([index.get_scores(words) if words else np.zeros(len(texts)) for words in asked], np.float32)
    return np.where(scores > 0, scores, -np.inf)


def rrf(first, second, constant=RRF):
    """Reciprocal rank fusion: 1 / (constant + rank), summed over the two rankers' first 100."""
    return sum(np.where(ranks <= DEPTH, 1 / (constant + ranks), 0) for ranks in map(_ranks, (first, second)))


def convex(first, second):
    """The mean of the scores themselves, each ranker's best 100 stretched to 0 to 1."""
    return (_stretched(first) + _stretched(second)) / 2


def ranking(scores):
    """The first 100 chunks of each question, best first; ties in order of the chunks."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]


def hits(ranked, chunks, questions, k=None, context=None):
    """Whether half of each answer's words stand in its first `k` chunks, or in its first `context` words of chunks, the last one cut."""
    return np.array([
        covered(question, taken(row, chunks, k, context)) >= SHARE for question, row in zip(questions, ranked, strict=True)
    ])


def taken(row, chunks, k=None, context=None):
    """The chunks that are handed on: the first k, or as many as fill `context` words, as (page, start, stop)."""
    found, left = [], context
    for page, start, stop in (chunks[number] for number in row[:k]):
        if context is not None:
            stop = min(stop, start + left)
            left -= stop - start
        if stop > start:
            found.append((page, start, stop))
    return found


def covered(question, spans):
    """Share of the answer's words that stand in any of the spans."""
    words = np.zeros(question.stop - question.start, bool)
    for page, start, stop in spans:
        if page == question.page:
            words[max(start - question.start, 0) : max(stop - question.start, 0)] = True
    return words.mean()


def _ranks(scores):
    """1 for the best; what is not found has no rank that counts."""
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1)[None], axis=1)
    return np.where(np.isfinite(scores), ranks, DEPTH + 1)


def _stretched(scores):
    """0 to 1 from the last of a ranker's best to the first; 0 for what is not among them."""
    found = _ranks(scores) <= DEPTH
    low = np.where(found, scores, np.inf).min(axis=1, keepdims=True)
    high = np.where(found, scores, -np.inf).max(axis=1, keepdims=True)
    wide = high > low  # more than one is found
    stretched = (scores - np.where(wide, low, 0)) / np.where(wide, high - low, 1)
    return np.where(found, np.where(wide, stretched, 1), 0)
