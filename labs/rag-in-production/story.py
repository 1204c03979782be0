"""One question through the pipeline, each clause of the contract broken by itself: what is handed on, and what a model makes of it."""

from dataclasses import dataclass

import numpy as np

import search
from _harness import LabError
from encode import WINDOW
from pooling import mixed
from sizes import CONTEXT, answer_read

QUESTION = "How do I enable localization of fields?"
HEADING = "Enabling localization of fields"  # the section that answers it
RIGHT = "localized_fields"  # what no answer can do without
SIZE = 180  # words of a chunk while all is kept; the section lies inside the window there


@dataclass(frozen=True)
class Broken:
    """title: the clause; chunks, and the score of each for the question."""

    title: str
    chunks: list
    scores: np.ndarray

    def spans(self):
        """(page, start, stop) of what fills 720 words, best first."""
        return search.taken(search.ranking(self.scores[None])[0], self.chunks, context=CONTEXT)


def asked(corpus):
    """The Question whose answer the story's is."""
    found = [question for question in corpus.questions if question.text == HEADING]
    if len(found) != 1:
        raise LabError(f"{len(found)} questions read {HEADING!r}; the story needs one: mend story.py, or the corpus")
    return found[0]


def states(corpus, defaults, found, encoder):
    """{name: Broken}: all kept; the text past the window unread, as the libraries' defaults have it; the page pooled otherwise.

    defaults: chunks and vectors of the defaults.
    """
    vector = encoder([QUESTION])["mean"]
    chunks, vectors = found.chunks[SIZE], found.vectors[SIZE, WINDOW]
    own = np.array([page for page, *_ in chunks]) == asked(corpus).page
    default_chunks, default_vectors = defaults
    return {
        "defaults": Broken("the libraries’ defaults", default_chunks, search.dense(default_vectors, vector)[0]),
        "kept": Broken("chunks inside the window", chunks, search.dense(vectors["mean"], vector)[0]),
        "pooling": Broken("its page pooled otherwise", chunks, search.dense(mixed(vectors, own), vector)[0]),
    }


def record(lab, corpus, found, pieces, reader, states):
    """The table of states, in order. states: {name: Broken}."""
    question, rows = asked(corpus), []
    own = [chunk for chunk in states["defaults"].chunks if chunk[0] == question.page]
    default = answer_read(question, own, pieces.words_read([corpus.text(chunk) for chunk in own], WINDOW))
    lab.value("story.default_read_percent", 100 * float(default), "%", "words of the right section that the encoder reads under the defaults")
    read = found.read[SIZE, WINDOW][corpus.questions.index(question)]
    lab.value("story.read_percent", 100 * float(read), "%", "words of the right section that the encoder reads in chunks of 180 words")
    for name, state in states.items():
        spans = state.spans()
        said = reader.answer(QUESTION, [corpus.text(span) for span in spans])
        covered = 100 * search.covered(question, spans)
        lab.value(f"story.{name}.covered_percent", float(covered), "%", f"words of the right section that were handed on, {state.title}")
        lab.value(f"story.{name}.right", int(RIGHT in said), "answer|answers", f"that name the right attribute, {state.title}")
        lab.value(f"story.{name}.chunks", len(spans), "chunks", f"handed on, {state.title}")
        rows.append({"state": state.title, "chunks": len(spans), "covered": covered, "answer": " ".join(said.split())})
    columns = {
        "state": {"label": "clause", "unit": None},
        "chunks": {"label": "chunks handed on", "unit": "chunks"},
        "covered": {"label": "of the right section", "unit": "%"},
        "answer": {"label": "the model’s answer", "unit": None},
    }
    lab.table("story", columns, rows)
