"""How much of a documentation set reaches the encoder when two libraries' defaults meet, and what the index knows of the rest."""

import hashlib
from itertools import cycle, islice

import numpy as np
from langchain_text_splitters import RecursiveCharacterTextSplitter

from _harness import LabError
from encode import WINDOW

SMALLER, DEFAULT = (500, 1_000, 2_000), 4_000  # characters a chunk
LOREM = (
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua"
).split()
LONG = 10_000  # words of the text that the check is tried on


def default_chunks(corpus):
    """(page, start, stop) of LangChain's chunks under its own defaults, in words, of the pages as they are written."""
    splitter = RecursiveCharacterTextSplitter(add_start_index=True)
    if (splitter._chunk_size, splitter._chunk_overlap) != (DEFAULT, 200):
        raise LabError("LangChain's defaults are no longer 4,000 and 200 characters; mend DEFAULT and what the essay says of them")
    return _chunks(splitter, corpus)


def record(lab, corpus, others, pieces, encoder):
    """Values and the table of unread shares, and the default index before and after its unread text is replaced.

    others: {name: Corpus}. Returns the default chunks and their vectors.
    """
    chunks = default_chunks(corpus)
    texts = _texts(corpus, chunks)
    _record_settings(lab, corpus, pieces, texts)
    _record_share(lab, "default", "Django's documentation", pieces, texts)
    for name, other in others.items():
        _record_share(lab, name.lower(), f"{name}'s documentation", pieces, _texts(other, default_chunks(other)))
    return chunks, _record_lorem(lab, pieces, encoder, texts)["mean"]


def _record_settings(lab, corpus, pieces, defaults):
    """The table of the splitter's sizes, the defaults' texts last."""
    splitters = {size: RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=0, add_start_index=True) for size in SMALLER}
    texts = {size: _texts(corpus, _chunks(splitter, corpus)) for size, splitter in splitters.items()} | {DEFAULT: defaults}
    columns = {
        "characters": {"label": "characters a chunk", "unit": "count"},
        "chunks": {"label": "chunks", "unit": "chunks"},
        "cut": {"label": "chunks that are cut", "unit": "%"},
        "unread": {"label": "word pieces never read", "unit": "%"},
    }
    rows = []
    for characters, some in texts.items():
        cut, unread, _ = pieces.shares(some, WINDOW)
        rows.append({"characters": characters, "chunks": len(some), "cut": 100 * cut, "unread": 100 * unread})
    lab.table("splitter", columns, rows)


def _record_share(lab, key, whose, pieces, texts):
    cut, unread, present = pieces.shares(texts, WINDOW)
    lab.value(f"{key}.cut_percent", 100 * cut, "%", f"chunks of {whose} longer than the window, under the defaults", n=len(texts))
    lab.value(f"{key}.unread_percent", 100 * unread, "%", f"word pieces of {whose} that the encoder never read, under the defaults", n=present)


def _record_lorem(lab, pieces, encoder, texts):
    replaced, words = zip(*(_replace(text, end) for text, end in zip(texts, pieces.ends(texts, WINDOW), strict=True)), strict=True)
    before, after = encoder(texts), encoder(list(replaced))
    all_words = sum(len(text.split()) for text in texts)
    lab.value("lorem.replaced_percent", 100 * sum(words) / all_words, "%", "words of the chunks replaced with lorem ipsum", n=all_words)
    differ = int((before["mean"] != after["mean"]).any(axis=1).sum())
    lab.value("lorem.changed_vectors", differ, "vector|vectors", "vectors of the index that changed in any bit", n=len(texts))
    same = _digest(before["mean"]) == _digest(after["mean"])
    lab.value("lorem.index_bits_equal", int(same), "index|indexes", "whole index equal to the bit, by SHA-256")
    long = [" ".join(islice(cycle(LOREM), LONG))]
    lab.value("check.counted_pieces", len(encoder.ids(long)[0]), "word piece|word pieces", f"length of a text of {LONG:,} words as counted by a tokenizer that cuts")
    lab.value("check.present_pieces", int(pieces.present(long)[0]), "word piece|word pieces", "its length counted before the cut")
    return before


def _replace(text, end):
    """The text with every word that begins after character `end` replaced, and how many those are."""
    while end < len(text) and not text[end].isspace():
        end += 1
    rest = len(text[end:].split())
    return " ".join([text[:end], *islice(cycle(LOREM), rest)]), rest


def _chunks(splitter, corpus):
    found = []
    for page, body in enumerate(corpus.bodies):
        for chunk in splitter.create_documents([body]):
            start = len(body[: chunk.metadata["start_index"]].split())
            found.append((page, start, start + len(chunk.page_content.split())))
    return found


def _texts(corpus, chunks):
    return [corpus.text(chunk) for chunk in chunks]


def _digest(vectors):
    return hashlib.sha256(np.ascontiguousarray(vectors).tobytes()).hexdigest()
