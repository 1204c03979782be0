# chore: a report from a CSV file
# born: 2020-01-03
# needs:
import configparser
import csv
import os

own = configparser.ConfigParser()
own.read(os.path.expanduser("~/.report.ini"))
currency = own.get("report", "currency", fallback="?")
totals = {}
with open("orders.csv") as file:
    for row in csv.DictReader(file):
        totals[row["customer"]] = totals.get(row["customer"], 0) + int(row["cents"] or 0)
for customer, cents in sorted(totals.items()):
    print("%-6s %8.2f %s" % (customer, cents / 100, currency))
