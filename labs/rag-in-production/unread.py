"""How much of a documentation set reaches the encoder when two libraries' defaults meet, and what the index knows of the rest."""

import hashlib
from itertools import cycle, islice

import numpy as np
from langchain_text_splitters import RecursiveCharacterTextSplitter

from _harness import LabError
from encode import WINDOW

SETTINGS = 500, 1_000, 2_000, 4_000  # characters a chunk; LangChain's default is the last
LOREM = (
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua"
).split()
LONG = 10_000  # words of the text that the check is tried on


def default_chunks(corpus):
    """(page, start, stop) of LangChain's chunks under its own defaults, in words, of the pages as they are written."""
    splitter = RecursiveCharacterTextSplitter(add_start_index=True)
    if (splitter._chunk_size, splitter._chunk_overlap) != (SETTINGS[-1], 200):
        raise LabError("LangChain's defaults are no longer 4,000 and 200 characters; mend SETTINGS and what the essay says of them")
    return [chunk for page in range(len(corpus.paths)) for chunk in _page_chunks(splitter, corpus, page)]


def record(lab, corpus, others, pieces, encoder):
    """Values and the table of unread shares, and the default index before and after its unread text is replaced.

    others: {name: Corpus}. Returns the default chunks and their vectors.
    """
    _record_settings(lab, corpus, pieces)
    for name, other in others.items():
        texts = [other.text(chunk) for chunk in default_chunks(other)]
        _record_share(lab, name.lower(), f"{name}'s documentation", pieces, texts)
    chunks = default_chunks(corpus)
    texts = [corpus.text(chunk) for chunk in chunks]
    return chunks, _record_lorem(lab, pieces, encoder, texts)["mean"]


def _record_settings(lab, corpus, pieces):
    rows = []
    for characters in SETTINGS:
        overlap = 200 if characters == SETTINGS[-1] else 0
        splitter = RecursiveCharacterTextSplitter(chunk_size=characters, chunk_overlap=overlap, add_start_index=True)
        texts = [corpus.text(chunk) for page in range(len(corpus.paths)) for chunk in _page_chunks(splitter, corpus, page)]
        cut, unread, n = _shares(pieces, texts)
        rows.append({"characters": characters, "chunks": n, "cut": cut, "unread": unread})
    columns = {
        "characters": {"label": "characters a chunk", "unit": "count"},
        "chunks": {"label": "chunks", "unit": "chunks"},
        "cut": {"label": "chunks that are cut", "unit": "%"},
        "unread": {"label": "word pieces never read", "unit": "%"},
    }
    lab.table("splitter", columns, rows)
    _record_share(lab, "default", "Django's documentation", pieces, texts)


def _record_share(lab, key, whose, pieces, texts):
    cut, unread, n = _shares(pieces, texts)
    lab.value(f"{key}.cut_percent", cut, "%", f"chunks of {whose} longer than the window, under the defaults", n=n)
    lab.value(f"{key}.unread_percent", unread, "%", f"word pieces of {whose} that the encoder never read, under the defaults", n=int(pieces.present(texts).sum()))


def _record_lorem(lab, pieces, encoder, texts):
    replaced, words = zip(*(_replace(text, end) for text, end in zip(texts, pieces.ends(texts, WINDOW), strict=True)), strict=True)
    before, after = encoder(texts), encoder(list(replaced))
    share = 100 * sum(words) / sum(len(text.split()) for text in texts)
    lab.value("lorem.replaced_percent", share, "%", "words of the chunks replaced with lorem ipsum", n=sum(len(text.split()) for text in texts))
    differ = int((before["mean"] != after["mean"]).any(axis=1).sum())
    lab.value("lorem.changed_vectors", differ, "vector|vectors", "vectors of the index that changed in any bit", n=len(texts))
    same = _digest(before["mean"]) == _digest(after["mean"])
    lab.value("lorem.index_bits_equal", int(same), "index|indexes", "whole index equal to the bit, by SHA-256")
    counted = len(encoder.ids([" ".join(islice(cycle(LOREM), LONG))])[0])
    lab.value("check.counted_pieces", counted, "word piece|word pieces", f"length of a text of {LONG:,} words as counted by a tokenizer that cuts")
    lab.value("check.present_pieces", int(pieces.present([" ".join(islice(cycle(LOREM), LONG))])[0]), "word piece|word pieces", "its length counted before the cut")
    return before


def _shares(pieces, texts):
    """Percent of the texts that are cut, percent of all pieces beyond the window, and how many texts."""
    present = pieces.present(texts)
    read = np.minimum(present, WINDOW - 2)
    return 100 * (present > read).mean(), 100 * (1 - read.sum() / present.sum()), len(texts)


def _replace(text, end):
    """The text with every word that begins after character `end` replaced, and how many those are."""
    while end < len(text) and not text[end].isspace():
        end += 1
    rest = len(text[end:].split())
    return " ".join([text[:end], *islice(cycle(LOREM), rest)]), rest


def _page_chunks(splitter, corpus, page):
    body, found = corpus.bodies[page], []
    for chunk in splitter.create_documents([body]):
        start = len(body[: chunk.metadata["start_index"]].split())
        found.append((page, start, start + len(chunk.page_content.split())))
    return found


def _digest(vectors):
    return hashlib.sha256(np.ascontiguousarray(vectors).tobytes()).hexdigest()
