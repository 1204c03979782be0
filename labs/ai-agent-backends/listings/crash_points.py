import os, signal

def crash_points(work, recover, judge):
    """Kill work at each of its places; what judge says of each."""
    verdicts = []
    while True:
        worker = os.fork()
        if not worker:
            try:
                work(killer(len(verdicts) + 1))
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(worker, 0)
        assert status in (0, signal.SIGKILL), "the worker failed"
        recover()
        if status == 0:  # it ended before that place
            return verdicts
        verdicts.append(judge())

def killer(place):
    calls = iter(range(1, place))
    die = lambda: os.kill(os.getpid(), signal.SIGKILL)
    return lambda: next(calls, 0) or die()
