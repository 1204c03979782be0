# chore: patch a configuration
# born: 2023-01-01
# needs: jsonpatch
import json

import jsonpatch

with open("events.json") as file:
    events = json.load(file)
patch = jsonpatch.JsonPatch([{"op": "replace", "path": "/jobs/0/state", "value": "done"}, {"op": "remove", "path": "/jobs/2"}])
after = patch.apply(events)
print(len(after["jobs"]), after["jobs"][0]["state"])
print(jsonpatch.make_patch(events, after).to_string())
