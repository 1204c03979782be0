# A job that takes a file from the folder it is in, a file from home, and the hour of the zone.
import os
import subprocess
import sys
import tempfile
from pathlib import Path

home, work = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
(home / "currency").write_text("EUR")
(work / "orders.txt").write_text("5 orders")
(work / "job.py").write_text("""
import os, time
currency = os.path.expanduser("~/currency")
print(open(currency).read() if os.path.exists(currency) else "?", open("orders.txt").read(), time.localtime(0).tm_hour)
""")


def run(cwd=work, **change):
    told = os.environ | {"HOME": str(home), "TZ": "UTC"} | change
    return subprocess.run([sys.executable, work / "job.py"], cwd=cwd, env=told, capture_output=True, text=True)


expected = run().stdout
