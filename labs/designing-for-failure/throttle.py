"""gRPC's retry throttling for real: attempts that reach a server which fails every call, with the throttle and without.

Envoy's retry budget is not run: its configuration is held against the published protocol buffers.
"""

import json
from concurrent import futures
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import grpc
import yaml
from envoy.config.cluster.v3.cluster_pb2 import Cluster
from google.protobuf.json_format import ParseDict

from _harness import LabError

LISTINGS = Path(__file__).with_name("listings")
METHOD = "/lab.Orders/Place"


class Failing(grpc.GenericRpcHandler):
    """Counts every attempt and fails it with a status that the configuration retries."""

    def __init__(self):
        self.attempts = 0

    def service(self, _):
        return grpc.unary_unary_rpc_method_handler(self.fail)

    def fail(self, _, context):
        self.attempts += 1
        context.abort(grpc.StatusCode.UNAVAILABLE, "as every call here")


@contextmanager
def failing():
    """(handler, port) of a server in this process, with one thread, so that its count is exact."""
    handler = Failing()
    server = grpc.server(futures.ThreadPoolExecutor(1), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield handler, port
    finally:
        server.stop(None).wait()


def attempts(config, calls):
    """Attempts that reach a server for so many calls at once; each server has a name and thus a throttle of its own."""
    options = [("grpc.service_config", json.dumps(config))]
    with failing() as (handler, port), grpc.insecure_channel(f"127.0.0.1:{port}", options) as channel:
        place = channel.unary_unary(METHOD)
        asked = [place.future(b"") for _ in range(calls)]
        codes = {call.code() for call in asked}
    if codes != {grpc.StatusCode.UNAVAILABLE}:
        raise LabError(f"calls ended with {sorted(map(str, codes))}, not all as the server fails them; is the machine too busy?")
    return handler.attempts


def measure(lab):
    config = json.loads((LISTINGS / "service-config.json").read_text("utf-8"))
    calls = 50 if lab.quick else 300
    lab.version("gRPC", grpc.__version__)
    lab.value("inputs.grpc_calls", calls, "call|calls", "calls to a server that fails every one")
    policy, throttle = config["methodConfig"][0]["retryPolicy"], config["retryThrottling"]
    lab.value("inputs.grpc_attempts", policy["maxAttempts"], "1", "attempts of a call that gRPC may make")
    lab.value("inputs.grpc_tokens", throttle["maxTokens"], "1", "tokens of gRPC's retry throttle; it retries above half of them")
    for name, given in (("throttled", config), ("plain", {key: config[key] for key in config if key != "retryThrottling"})):
        label = f"gRPC, attempts per call while every call fails: {name}"
        lab.value(f"grpc.{name}_attempts_x", attempts(given, calls) / calls, "x", label, calls)
    envoy(lab)


def envoy(lab):
    """ParseDict refuses what the protocol buffers do not have."""
    lab.version("xds-protos", version("xds-protos"))
    given = yaml.safe_load((LISTINGS / "envoy-cluster.yaml").read_text("utf-8"))
    (threshold,) = ParseDict(given, Cluster()).circuit_breakers.thresholds
    share = threshold.retry_budget.budget_percent.value
    lab.value("envoy.budget_percent", share, "%", "retry budget in the Envoy configuration, as its protocol buffers read it")
