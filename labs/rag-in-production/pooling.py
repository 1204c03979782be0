"""The right weights, pooled in another way: some pages are written by a job that takes the first state instead of the mean."""

import numpy as np

import search
from sizes import CONTEXT, SIZES

SIZE = SIZES[0]  # whose text is nearly all read
SHARES = {"4": 25, "16": 6}  # percent of the pages that the other job writes: pages are dealt into so many groups


def mixed(vectors, wrong):
    """One index, written under two poolings. vectors: {pooling: array}; wrong: whether each chunk is pooled otherwise."""
    return np.where(wrong[:, None], vectors["cls"], vectors["mean"])


def measure(lab, corpus, found, window):
    """{what: a hit for each question}: all chunks right; all of them wrong; and, for each share, the question's own page among
    the wrong ones, or another page of a wrong group (`elsewhere`), each group in turn."""
    chunks, vectors = found.chunks[SIZE], found.vectors[SIZE, window]
    pages = np.array([page for page, _, _ in chunks])

    def ask(wrong, pooling="mean"):
        ranked = search.ranking(search.dense(mixed(vectors, wrong), found.asked[pooling]))
        return search.hits(ranked, chunks, corpus.questions, context=CONTEXT)

    everything = np.ones(len(chunks), bool)
    hit = {"right": ask(~everything), "wrong": ask(everything), "consistent": ask(everything, "cls")}
    home = np.array([question.page for question in corpus.questions])
    order = np.random.default_rng(lab.seed).permutation(len(corpus.paths))
    for name, groups in SHARES.items():
        of_page = np.empty(len(order), int)
        of_page[order] = np.arange(len(order)) % groups
        turns = np.array([ask(of_page[pages] == group) for group in range(groups)])
        hit[f"affected_{name}"] = turns[of_page[home], np.arange(len(home))]
        hit[f"all_{name}"] = turns.mean(0)
    return hit


def record(lab, compared, found, window, hit):
    """Losses against an index in which all vectors are pooled as the questions are."""
    both = found.vectors[SIZE, window]
    cosine = (both["mean"] * both["cls"]).sum(1)
    low, high = np.percentile(cosine, [5, 95])
    lab.value("pooling.same_text_cosine", float(cosine.mean()), "1", "cosine between the two poolings' vectors of one text", len(cosine), float(low), float(high), "p5-p95")
    compared.share("pooling.right", hit["right"], "questions answered, all chunks pooled as the questions are")
    compared.difference("pooling.all_chunks", hit["right"], hit["wrong"], "change when all chunks are pooled otherwise than the questions")
    compared.difference("pooling.chunks_and_questions", hit["right"], hit["consistent"], "change when chunks and questions are pooled otherwise, alike")
    for share in SHARES:
        compared.difference(f"pooling.affected_{share}", hit["right"], hit[f"affected_{share}"], f"change for questions whose page is among the {share} % pooled otherwise")
        compared.difference(f"pooling.all_{share}", hit["right"], hit[f"all_{share}"], f"change over all questions with {share} % of pages pooled otherwise")
