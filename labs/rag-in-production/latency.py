"""Where a retrieval service spends its CPU and its waiting: a question is encoded, searched for among 100,000 rows, and five texts fetched."""

import asyncio
import random
import statistics
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

import encoders
import latency_record
import search_cost
from _harness import LabError
from _harness.openloop import OK, offer, poisson
from passages import Passages, topped_up, write
from retrieval_client import serving

CHECKED, WARM = 20, 50
CLIENTS = 4  # who ask at once, each again when answered, to find the capacity
CAPACITY_RUNS = 3
DEADLINE_S, LATE_LIMIT_MS = 10, 50
LOADS = {"at_30": (0.3, 1), "at_60": (0.6, 1), "at_85": (0.85, 1), "at_85_two": (0.85, 2)}  # {name: (share of the capacity, encoders)}


@dataclass(frozen=True)
class Scale:
    """sizes: rows of each exact search, and of HNSW up to those `served`. runs: of each kind. asked: questions of a closed one. seconds: of
    an open one."""

    sizes: tuple
    served: int
    runs: int
    asked: int
    seconds: float
    loads: tuple


FULL = Scale((1_000, 3_000, 10_000, 30_000, 100_000, 300_000), 100_000, 5, 300, 6, tuple(LOADS))
QUICK = Scale((300, 1_000, 3_000), 3_000, 1, 60, 1.5, ("at_85", "at_85_two"))


@dataclass
class Found:
    """cpu: of each run {stage: milliseconds a question}. capacities: questions a second of each closed run. requests: {load: [of each run,
    [of each request {span: milliseconds}]]}. costs: as `search_cost.measure` gives them."""

    scale: Scale
    cpu: list
    capacities: list
    requests: dict
    costs: search_cost.Costs

    @property
    def capacity(self):
        return statistics.median(self.capacities)


def measure(lab, texts, vectors, questions, materials):
    """texts and vectors: of the passages, float32 (texts, 384), repeated with noise up to the sizes. questions: their words."""
    scale, folder = QUICK if lab.quick else FULL, lab.workdir / "retrieval"
    folder.mkdir()
    (folder / "tokenizer.json").write_bytes(materials.original("tokenizer.json"))
    rows = topped_up(vectors, scale.sizes[-1], lab.seed)
    write(folder, rows, [size for size in scale.sizes if size <= scale.served], texts, lab.seed)
    lab.log(f"indexed {scale.served:,} rows")
    questions = random.Random(lab.seed).sample(questions, len(questions))
    encoder = encoders.in_service(materials, 1)
    costs = search_cost.measure(folder, rows, scale.sizes, scale.served, questions, encoder)
    lab.log("compared the searches with the encoder")
    return Found(scale, *asyncio.run(_served(lab, scale, folder, questions, encoder)), costs)


async def _served(lab, scale, folder, questions, encoder):
    """(cpu, capacities, requests) of `Found`."""
    async with AsyncExitStack() as stack:
        one, two = [await stack.enter_async_context(serving(folder, scale.served, threads)) for threads in (1, 2)]
        for client in (one, two):
            await _check(client, Passages(folder, scale.served), encoder, questions[:CHECKED])
            await _closed(client, questions[:WARM])
        cpu = [await _cpu_ms(one, questions[: scale.asked]) for _ in range(scale.runs)]
        capacities = [await _closed(one, questions[: scale.asked]) for _ in range(CAPACITY_RUNS)]
        lab.log(f"the service answers {statistics.median(capacities):.0f} questions a second")
        requests = await _loads(lab, scale, {1: one, 2: two}, questions, statistics.median(capacities))
    lab.log(f"offered {len(requests)} loads, {scale.runs} runs of each")
    return cpu, capacities, requests


async def _check(client, passages, encoder, questions):
    """LabError unless the service finds what the same search in this process does."""
    for question in questions:
        answer, ids = await client.ask(question), passages.nearest(encoder.one(question))
        if (answer["ids"], answer["texts"]) != (ids, passages.texts(ids)):
            raise LabError(f"the service answers {question!r} with {answer['ids']}, the same search in the lab with {ids}")


async def _cpu_ms(client, questions):
    """{stage: CPU milliseconds a question} of questions one after another; `rest` is what else the process used."""
    before = await client.cpu_ms()
    answers = [(await client.ask(question))["cpu_ms"] for question in questions]
    whole = (await client.cpu_ms() - before) / len(questions)
    stages = {stage: statistics.fmean(answer[stage] for answer in answers) for stage in answers[0]}
    return stages | {"rest": whole - sum(stages.values())}


async def _closed(client, questions):
    """Questions answered a second when CLIENTS ask at once."""
    left, began = iter(questions), time.monotonic()

    async def ask():
        for question in left:
            await client.ask(question)

    await asyncio.gather(*(ask() for _ in range(CLIENTS)))
    return len(questions) / (time.monotonic() - began)


async def _loads(lab, scale, clients, questions, capacity):
    """{load: its runs}, the loads in turn; both services get the same questions at the same moments."""
    found = {load: [] for load in scale.loads}
    for number in range(scale.runs):
        for load, runs in found.items():
            share, threads = LOADS[load]
            due = poisson(share * capacity, scale.seconds, lab.seed + number)
            asked = random.Random(lab.seed + number).choices(questions, k=len(due))
            runs.append(await _offered(lab, clients[threads], asked, due))
    return found


async def _offered(lab, client, asked, due):
    """Of each request {"total", "wait", "encode", "search", "fetch"} in milliseconds to two places, the total from when it was due."""
    spans = {}

    async def ask(number):
        spans[number] = (await client.ask(asked[number]))["ms"]

    offered = await offer(ask, due, DEADLINE_S)
    if offered.outcomes().keys() != {OK}:
        raise LabError(f"not every question was answered: {offered.outcomes()}")
    if why := offered.behind(LATE_LIMIT_MS):
        if not lab.quick:
            raise LabError(why)
        lab.log(why)
    requests = [{"total": total} | spans[number] for number, total in enumerate(offered.latency_ms())]
    return [{span: round(ms, 2) for span, ms in request.items()} for request in requests]


def record(lab, found):
    latency_record.record(lab, found, LOADS, LATE_LIMIT_MS)
    search_cost.record(lab, found.costs)
