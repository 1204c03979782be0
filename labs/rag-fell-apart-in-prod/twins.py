"""The stale first results of the last day: what became of their text, and how much it matters."""

import re
from difflib import SequenceMatcher

import numpy as np

from replay import live_chunks
from world import DAYS

SAME, GONE = 0.95, 0.6  # share of words in common with the nearest current text of the page
SHORTLIST = 5
EXAMPLES = 20
WORD = re.compile(r"\w+")


def record(lab, judge, calendar, days):
    """Compare each stale first result with the nearest current text on its page.

    Words are compared without punctuation and case, so a change of quotes or of layout is none.
    """
    day = DAYS[-1]
    answers = days[day].answers
    live = live_chunks(judge.world, calendar, day)
    stale = np.flatnonzero(~answers.live[:, 0])
    compared = [_compare(judge, answers, live, place) for place in stale]
    if not compared:
        return
    total, n = len(answers.asked), len(compared)
    counts = {
        "same": sum(each["alike"] >= SAME for each in compared),
        "gone": sum(each["alike"] < GONE for each in compared),
        "twin_in_top5": sum(each["twin_in_top5"] for each in compared),
        "answer_in_top5": sum(each["answered"] for each in compared),
    }
    counts["edited"] = n - counts["same"] - counts["gone"]
    words = {
        "same": f"stale first results that keep {SAME:.0%} of their words in a current text of the page",
        "edited": f"stale first results that keep {GONE:.0%} to {SAME:.0%} of their words",
        "gone": f"stale first results that keep less than {GONE:.0%} of their words in any current text",
        "twin_in_top5": "stale first results with their nearest current text in the same top 5",
        "answer_in_top5": "stale first results of questions with a current right chunk in the same top 5",
    }
    for key, text in words.items():
        lab.value(f"stale.{key}_percent", 100 * counts[key] / n, "%", f"{text}; day {day}", n)
    harmful = sum(each["alike"] < SAME and not each["answered"] for each in compared)
    lab.value(
        "stale.harmful_percent",
        100 * harmful / total,
        "%",
        "questions whose first result is deleted, different text, and no current right chunk is in the top 5",
        total,
    )
    lab.value(
        "stale.first_results",
        n,
        "questions",
        f"questions whose first result is deleted text, day {day}",
        total,
    )
    lab.sample("stale-answers", _examples(judge, calendar, day, compared))


def _compare(judge, answers, live, place):
    world, space = judge.world, judge.space
    column = answers.columns[place, 0]
    chunk = space.chunk[column]
    small = [
        each
        for each in np.flatnonzero(live & (world.page_of == world.page_of[chunk]))
        if each in space.native
    ]
    nearest = sorted(small, key=lambda each: -space.vectors[space.native[each]] @ space.vectors[column])[
        :SHORTLIST
    ]
    alike, twin = max(
        ((alikeness(world.texts[chunk], world.texts[each]), each) for each in nearest), default=(0.0, None)
    )
    return {
        "question": int(answers.asked[place]),
        "similarity": float(answers.similarity[place, 0]),
        "chunk": chunk,
        "twin": twin,
        "alike": alike,
        "twin_in_top5": twin in space.chunk[answers.columns[place]],
        "labelled": bool(answers.labelled[place, 0]),
        "answered": bool(answers.right[place].any()),
    }


def alikeness(first, second):
    """0 to 1: words in common in order, over words in both (difflib's ratio)."""
    first, second = (WORD.findall(text.lower()) for text in (first, second))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _examples(judge, calendar, day, compared):
    """The most confident wrong answers: right label, text that is gone, no current answer beside it."""
    world = judge.world
    chosen = [each for each in compared if each["labelled"] and each["alike"] < GONE and not each["answered"]]
    chosen = sorted(chosen or compared, key=lambda each: -each["similarity"])[:EXAMPLES]
    return [
        {
            "question": world.questions[each["question"]].text,
            "page": world.questions[each["question"]].path,
            "similarity": each["similarity"],
            "words_kept": each["alike"],
            "served": world.texts[each["chunk"]],
            "nearest_current_text": world.texts[each["twin"]] if each["twin"] is not None else None,
            "current_answer": world.texts[judge.gold(calendar, day, each["question"])[0]],
        }
        for each in chosen
    ]
