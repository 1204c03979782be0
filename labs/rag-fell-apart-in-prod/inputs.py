"""What went in: the corpus, its edits and the questions, and how much the encoder never reads."""

import numpy as np

import canary
import serving
from encoders import WORD_PIECES, tokenizer
from materials import RELEASES
from orders import ORDERS
from world import CHUNKERS, DAYS, LAUNCH


def record(lab, world, calendar, judge, materials, encoder):
    asked = judge.asked(calendar, 0)
    launch = [each for page in world.chunks["small"][LAUNCH] for each in page]
    kinds = [world.questions[each].kind for each in asked]
    words, overlap = CHUNKERS["small"]
    for key, value, unit, label in (
        ("pages", sum(bool(page) for page in world.chunks["small"][LAUNCH]), "pages", "pages at launch"),
        ("chunks", len(launch), "chunks", "chunks at launch"),
        ("questions", len(asked), "questions", "questions on launch day"),
        ("headings", kinds.count("heading"), "questions", "questions that are headings"),
        ("links", kinds.count("link"), "questions", "questions that are the words of a link"),
        ("chunk_words", words, "words", "words of a chunk"),
        ("overlap_words", overlap, "words", "words that neighbours share"),
        ("days", len(DAYS), "days", "days after launch"),
        ("queries_per_day", serving.QUERIES, "queries", "queries of a day's traffic"),
        ("canary_sets", canary.DRAWS, "runs", "random canary sets of each size"),
        ("orders", ORDERS, "runs", "other orders of the edits"),
    ):
        lab.value(f"inputs.{key}", value, unit, label)
    for version, release in enumerate(RELEASES):
        if version:
            old, new = (_chunks(world, each) for each in (version - 1, version))
            name = release.replace(".", "_")
            lab.value(
                f"inputs.edits.django_{name}.pages",
                len(world.changed(version)),
                "pages",
                f"pages that Django {release} changes",
            )
            lab.value(
                f"inputs.edits.django_{name}.chunks",
                len(new - old),
                "chunks",
                f"chunks that are new in Django {release}",
            )
            lab.value(
                f"inputs.edits.django_{name}.percent",
                100 * len(new - old) / len(old),
                "%",
                f"chunks new in Django {release}, of those before it",
                len(old),
            )
    whole = tokenizer(materials, truncate=False)
    for chunker in CHUNKERS:
        texts = [world.texts[each] for page in world.chunks[chunker][LAUNCH] for each in page]
        pieces = np.array([len(encoding.ids) for encoding in whole.encode_batch(texts)])
        lab.value(
            f"encoder.{chunker}.truncated_percent",
            100 * float((pieces > WORD_PIECES).mean()),
            "%",
            f"{chunker} chunks longer than the encoder reads",
            len(pieces),
        )
        lab.value(
            f"encoder.{chunker}.unread_percent",
            100 * float(np.maximum(pieces - WORD_PIECES, 0).sum() / pieces.sum()),
            "%",
            f"word pieces of {chunker} chunks that the encoder never reads",
            len(pieces),
        )
    lab.value(
        "encoder.cpu_per_text_ms",
        1000 * encoder.cpu_s / encoder.texts,
        "ms",
        "processor time to embed a chunk or question, two threads",
        encoder.texts,
    )


def _chunks(world, version):
    return {each for page in world.chunks["small"][version] for each in page}
