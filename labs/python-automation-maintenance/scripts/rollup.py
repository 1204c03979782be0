# chore: roll up a log of jobs
# born: 2020-01-03
# needs: jmespath
import json

import jmespath

with open("events.json") as file:
    events = json.load(file)
print(jmespath.search("jobs[?state=='failed'].name", events))
print(jmespath.search("max_by(jobs, &minutes).name", events))
print(jmespath.search("sum(jobs[].minutes)", events))
