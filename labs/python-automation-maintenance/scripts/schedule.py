# chore: arithmetic with a schedule
# born: 2020-01-03
# needs: isodate
import json

import isodate

with open("events.json") as file:
    jobs = json.load(file)["jobs"]
for job in jobs:
    due = isodate.parse_datetime(job["at"]) + isodate.parse_duration(job["every"])
    print(job["name"], isodate.datetime_isoformat(due))
