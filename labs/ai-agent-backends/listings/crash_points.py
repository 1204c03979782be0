import os, signal

def crash_points(work, recover, judge):
    """Kill work at each of its places in turn; what judge says of each."""
    verdicts = []
    while True:
        place = len(verdicts) + 1
        worker = os.fork()
        if not worker:
            try:
                work(killer(place))
            finally:
                os._exit(0)
        _, status = os.waitpid(worker, 0)
        recover()
        if not os.WIFSIGNALED(status):  # it never came to that place
            return verdicts
        verdicts.append(judge())

def killer(place):
    places = iter(range(1, place + 1))
    def at():
        if next(places) == place:
            os.kill(os.getpid(), signal.SIGKILL)
    return at
