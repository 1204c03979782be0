"""Every question asked in its own tenant of a large table, by pgvector's defaults and by exact search: is the answer still there?"""

from dataclasses import dataclass

import numpy as np

import search
from dealing import TENANTS, at_random
from pgvector import TENANT_FIRST, Chunks, connected
from sizes import CONTEXT

WORDS, STEP, QUICK_STEP = 180, 10, 90  # of every chunk; between the starts of two in the other projects, whose text is there to fill the table


@dataclass(frozen=True)
class Filtered:
    """hit: {"kept", "broken", "indexed": whether each question is answered in 720 words}, the last as broken, with a b-tree on the tenant.
    by_graph: share of the broken queries that HNSW served.
    rows: of the table; own_rows: of a tenant, on average."""

    hit: dict
    by_graph: float
    rows: int
    own_rows: float


def measure(lab, corpora, encode):
    """Filtered. corpora: {project: Corpus}, the first of which asks; encode: texts to float32 (texts, dimensions), rows of length 1."""
    corpus, *others = corpora.values()
    generator = np.random.default_rng(lab.seed)
    chunks, step = corpus.windows(WORDS), QUICK_STEP if lab.quick else STEP
    texts = [corpus.text(chunk) for chunk in chunks] + [other.text(chunk) for other in others for chunk in other.windows(WORDS, step)]
    pages = np.array([page for page, *_ in chunks])
    tenant_of = at_random(np.bincount(pages, minlength=len(corpus.words)), generator)
    more = TENANTS + np.arange(len(texts) - len(chunks)) * TENANTS // len(chunks)  # tenants of as many rows
    order = generator.permutation(len(texts))
    vectors, tenants = encode(texts)[order], np.concatenate([tenant_of[pages], more])[order]
    asking = encode([question.text for question in corpus.questions])
    pairs = [(vector, tenant_of[question.page]) for vector, question in zip(asking, corpus.questions, strict=True)]
    with connected(lab) as connection:
        table = Chunks(connection, vectors, {"tenant": tenants})
        answers = {"broken": table.ask("tenant", pairs, {}), "kept": table.ask("tenant", pairs, {}, TENANT_FIRST)}
        table.index("tenant")
        answers["indexed"] = table.ask("tenant", pairs, {})

    def hit(answered):
        return np.array([
            search.covered(question, search.taken(order[answer.ids], chunks, context=CONTEXT)) >= search.SHARE
            for question, answer in zip(corpus.questions, answered, strict=True)
        ])

    by_graph = float(np.mean([answer.by_graph for answer in answers["broken"]]))
    return Filtered({name: hit(answered) for name, answered in answers.items()}, by_graph, len(texts), len(chunks) / TENANTS)


def record(lab, compared, filtered):
    lab.value("filtered.rows", filtered.rows, "rows", "rows of 180 words in the table in which all questions are asked")
    lab.value("filtered.own_rows", round(filtered.own_rows), "rows", "rows of a tenant there, on average")
    lab.value("filtered.by_graph_percent", 100 * filtered.by_graph, "%", "of the queries under the defaults were served by HNSW", n=len(filtered.hit["kept"]))
    compared.share("filtered.kept", filtered.hit["kept"], "questions answered in their tenant, its rows first")
    compared.share("filtered.broken", filtered.hit["broken"], "questions answered in their tenant under the defaults")
    compared.share("filtered.indexed", filtered.hit["indexed"], "questions answered in their tenant under the defaults, with a b-tree on it")
