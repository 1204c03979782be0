def closed_form(n):
    return n * (n + 1) // 2
