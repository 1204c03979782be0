# chore: read the dates of a schedule
# born: 2021-07-01
# needs: iso8601
import json

import iso8601

with open("events.json") as file:
    jobs = json.load(file)["jobs"]
moments = sorted((iso8601.parse_date(job["at"]), job["name"]) for job in jobs)
for moment, name in moments:
    print(moment.isoformat(), name)
print(iso8601.parse_date("2020-01-06").isoformat())
