# labs/designing-for-failure/budget.py
# Retries may be a fraction of first attempts, and no more.


class Budget:
    """A bucket that first attempts fill and retries empty."""

    def __init__(self, fraction, most=10):
        self.fraction, self.most, self.tokens = fraction, most, 0

    def earn(self):
        """Call once for each first attempt."""
        self.tokens = min(self.most, self.tokens + self.fraction)

    def spend(self):
        """Whether one retry may be sent now."""
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True
