def origins(spans):
    """The services to blame for one bad request: what failed
    above nothing that failed; with no failure, what was slow."""
    above = {span["parent"] for span in spans if span["failed"]}
    deepest = {span["service"] for span in spans
               if span["failed"] and span["span"] not in above}
    return deepest or {slowest(spans)}


def slowest(spans):
    """The service of the span with the most time of its own."""
    return max(spans, key=lambda span: own(span, spans))["service"]


def own(span, spans):
    """Its time, less that in which a child of it ran."""
    left, seen = span["end"] - span["start"], span["start"]
    below = [one for one in spans if one["parent"] == span["span"]]
    for child in sorted(below, key=lambda child: child["start"]):
        left -= max(0, child["end"] - max(seen, child["start"]))
        seen = max(seen, child["end"])
    return left
