"""How long a server thinks that a request will hold a worker: a constant that may be wrong, or what it learnt."""

LEARNT = 0.1  # how much one finished request counts: an exponentially weighted mean of about the last twenty


class Estimate:
    def __init__(self, service_s, of_true=1, learns=False):
        self.seconds, self.learns = of_true * service_s, learns

    def finished(self, seconds):
        if self.learns:
            self.seconds += LEARNT * (seconds - self.seconds)
