# chore: roll up a log by the hour
# born: 2020-01-03
# needs:
import collections
import glob
import re
import time

LINE = re.compile(r"(\d+) (\w+) (\S+) (\d+)")
hours = collections.Counter()
for name in glob.glob("*.log"):
    for line in open(name):
        moment, _, _, status = LINE.match(line).groups()
        if status.startswith("5"):
            hours[time.strftime("%Y-%m-%d %H", time.localtime(int(moment)))] += 1
for hour, count in sorted(hours.items()):
    print(hour, count)
print(sum(hours.values()), "failures")
