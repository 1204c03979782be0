# chore: records from JSON and back
# born: 2023-01-01
# needs: dataclasses-json
import json
from dataclasses import dataclass

from dataclasses_json import dataclass_json


@dataclass_json
@dataclass
class Job:
    name: str
    state: str
    minutes: int
    every: str
    at: str


with open("events.json") as file:
    jobs = Job.schema().loads(json.dumps(json.load(file)["jobs"]), many=True)
print([job.name for job in jobs if job.state == "failed"])
print(jobs[1].to_json())
