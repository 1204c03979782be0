# chore: arithmetic with dates and time zones
# born: 2023-01-01
# needs: arrow
import json

import arrow

with open("events.json") as file:
    jobs = json.load(file)["jobs"]
for job in jobs:
    at = arrow.get(job["at"])
    print(job["name"], at.to("US/Pacific").format("YYYY-MM-DD HH:mm ZZ"), at.shift(months=+1).format("ddd"))
print(arrow.get("2020-01-06").humanize(arrow.get("2020-01-08")))
