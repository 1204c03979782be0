"""Sort the orders.

Usage:
  cli.py sort <file> [--by=<column>]
  cli.py count <file>

Options:
  --by=<column>  The number of the column [default: 4].
"""
# chore: a command line around a tool
# born: 2020-01-03
# needs: docopt
import subprocess

from docopt import docopt

given = docopt(__doc__, argv=["sort", "orders.csv", "--by=2"])
if given["sort"]:
    out = subprocess.check_output(["sort", "-t,", "-k" + given["--by"], given["<file>"]])
    print(out.decode("utf-8"), end="")
else:
    print(sum(1 for line in open(given["<file>"])))
