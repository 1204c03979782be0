"""The essay's claims, stated before the first full run. Each docstring is what readers see."""

PACKINGS = (4, 7, 13, 26)
ASSIGNMENTS = ("random", "subtree")


def test_thesis(results):
    """With the same 26 handlers and four teams, going from 4 services to 26 at least triples the pages per fault while the share
    reaching the wrong team moves by under 10 points."""
    assert results["drawn.random.t20.k26.pages"] >= 3 * results["drawn.random.t20.k4.pages"]
    shares = [results[f"drawn.random.t20.k{number}.off_percent"] for number in PACKINGS]
    assert max(shares) - min(shares) < 10


def test_one_fault_wakes_more_than_one_team(results):
    """With 13 services, each alerting above 20%, one fault pages more than 1.2 of four teams, however they were assigned."""
    for assignment in ASSIGNMENTS:
        assert results[f"drawn.{assignment}.t20.k13.teams"] > 1.2


def test_two_pages_in_five_are_wrong(results):
    """At least two pages in five reach a team that cannot mend the fault, at every packing and under both assignments of teams."""
    for assignment in ASSIGNMENTS:
        for number in PACKINGS:
            assert results[f"drawn.{assignment}.t20.k{number}.off_percent"] >= 40


def test_coarse_services_sleep(results):
    """With 4 services, each alerting above 20%, at least a fifth of crashes and slow calls page nobody, however teams were assigned."""
    for assignment in ASSIGNMENTS:
        assert results[f"drawn.{assignment}.t20.k4.silent_noisy_percent"] >= 20


def test_a_lower_threshold_hears_as_much(results):
    """An alert above 5% instead of 20% leaves under 5% of faults silent at every packing, with no service split."""
    for assignment in ASSIGNMENTS:
        for number in PACKINGS:
            assert results[f"drawn.{assignment}.t5.k{number}.silent_percent"] < 5


def test_the_edge_pages_fewer_wrong_teams(results):
    """With 13 services, alerts at the edge that page whom the trace blames have a smaller share of wrong pages than alerts of every
    service."""
    for assignment in ASSIGNMENTS:
        assert results[f"drawn.{assignment}.edge.k13.off_percent"] < results[f"drawn.{assignment}.t20.k13.off_percent"]


def test_holding_back_callers_halves_wrong_pages(results):
    """With 26 services, holding back the alert of a caller while a service that it calls alerts at least halves the share of wrong
    pages."""
    for assignment in ASSIGNMENTS:
        assert results[f"drawn.{assignment}.held_back.k26.off_percent"] <= results[f"drawn.{assignment}.t20.k26.off_percent"] / 2


def test_holding_back_callers_silences_circles(results):
    """With 13 services, some of which call each other in circles, the same leaves more faults silent."""
    for assignment in ASSIGNMENTS:
        assert results[f"drawn.{assignment}.held_back.k13.silent_percent"] > results[f"drawn.{assignment}.t20.k13.silent_percent"]


def test_rules_and_graph_agree(results):
    """Prometheus's rules over the spans of real processes page whom the graph says, fault by fault, but where a request was late."""
    assert results["real.unexplained"] == 0


def test_few_are_late(results):
    """Real alerts page otherwise than the graph says in fewer than one case in a hundred."""
    assert results["real.differ"] < results["real.cases"] / 100


def test_a_trace_names_a_crash(results):
    """With 13 services, the deepest error span names the service that crashed, and no other, in at least 95% of cases."""
    assert results["trace.k13.crash.plain.error_percent"] >= 95


def test_self_time_names_a_slow_call(results):
    """With 13 services, the longest self-time names the service of a slow call, and no other, in at least 95% of cases."""
    assert results["trace.k13.slow.plain.time_percent"] >= 95


def test_a_trace_misnames_a_wrong_payload(results):
    """With 13 services, the deepest error span names the one that made a wrong payload, and no other, in at most half of cases."""
    assert results["trace.k13.wrong.plain.error_percent"] <= 50


def test_a_check_at_the_producer_names_it(results):
    """With 13 services, a check of its own payloads makes the deepest error span name their service in at least 30 points more of cases."""
    gained = results["trace.k13.wrong.checked.error_percent"] - results["trace.k13.wrong.plain.error_percent"]
    assert gained >= 30


def test_the_formula_is_near(results):
    """The form predicts the wrong pages of a week within a factor of two, where alerts above 5% leave hardly a fault silent."""
    for number in PACKINGS:
        assert 0.5 <= results[f"form.k{number}.measured_over_predicted_x"] <= 2
