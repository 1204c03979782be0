"""What a finished request does besides being answered: an effect, such as a row or a payment."""

from collections import Counter


class Effects:
    """How often each request had its effect, by the number that all its attempts carry.

    key: what the server makes of that number. None: it does not look. "unique": the work is done again and the effect
    refused, as by a unique index. "remembered": the answer is kept, and given again without the work.
    """

    def __init__(self, key):
        self.key, self.happened = key, Counter()

    def remembers(self, identity):
        return self.key == "remembered" and identity in self.happened

    def happen(self, identity):
        if self.key is None or identity not in self.happened:
            self.happened[identity] += 1
