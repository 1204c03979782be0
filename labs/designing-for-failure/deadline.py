# labs/designing-for-failure/deadline.py
# Is a queued request worth a worker? Two rules, one sum apart.


def expired_only(now, deadline, service):
    """Serve a request whose deadline has not passed."""
    return now < deadline


def feasible(now, deadline, service):
    """Serve a request that can be finished in time."""
    return now + service < deadline
