# chore: try a flaky step again
# born: 2021-07-01
# needs: tenacity
import csv

from tenacity import retry, stop_after_attempt, wait_fixed

tries = []


@retry(stop=stop_after_attempt(3), wait=wait_fixed(0))
def read():
    tries.append(1)
    if len(tries) < 3:
        raise IOError("not there yet")
    with open("orders.csv", encoding="utf-8") as file:
        return list(csv.reader(file))


print(len(read()), "lines after", len(tries), "tries")
print(read.retry.statistics["attempt_number"])
