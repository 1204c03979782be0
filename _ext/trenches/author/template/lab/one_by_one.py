def one_by_one(n):
    return sum(range(n + 1))
