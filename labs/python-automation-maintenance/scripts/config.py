# chore: load a configuration with defaults
# born: 2020-01-03
# needs: configobj
import os

from configobj import ConfigObj

own = ConfigObj(os.path.expanduser("~/.report.ini"))
jobs = ConfigObj("jobs.ini")
for name in jobs.sections:
    job = jobs[name]
    if job.as_bool("enabled"):
        print(name, job["command"], job["after"], job.as_int("retries") + 1, "tries")
print("in", own["report"]["currency"])
