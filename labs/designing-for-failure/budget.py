# labs/designing-for-failure/budget.py
# Retries may be a fraction of successes, and no more.

TOKEN = 1000  # thousandths: 0.1 added ten times falls short of 1


class Budget:
    """A bucket that successes fill and retries empty."""

    def __init__(self, per_mille, most=10):
        self.per_mille, self.most = per_mille, most * TOKEN
        self.held = 0

    def earn(self):
        """For each success; first attempts fill it too well."""
        self.held = min(self.most, self.held + self.per_mille)

    def spend(self):
        """Whether one retry may be sent now."""
        if self.held < TOKEN:
            return False
        self.held -= TOKEN
        return True
