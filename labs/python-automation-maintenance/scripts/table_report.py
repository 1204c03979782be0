# chore: a report from a CSV file, as a table in text
# born: 2020-01-03
# needs: prettytable
import csv
import getpass

from prettytable import PrettyTable

totals = {}
with open("orders.csv") as file:
    for row in csv.DictReader(file):
        totals[row["customer"]] = totals.get(row["customer"], 0) + int(row["cents"] or 0)
table = PrettyTable(["customer", "cents"])
for customer in sorted(totals):
    table.add_row([customer, totals[customer]])
print(table)
print("for", getpass.getuser())
