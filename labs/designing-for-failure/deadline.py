# labs/designing-for-failure/deadline.py
# Is a queued request worth a worker? Two rules, one sum apart.


def expired_only(now, deadline, service):
    """Refuse a request whose deadline has passed."""
    return now < deadline


def feasible(now, deadline, service):
    """Refuse a request that cannot be finished in time."""
    return now + service < deadline
