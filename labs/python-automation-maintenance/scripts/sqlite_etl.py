# chore: load a CSV file into SQLite and ask it
# born: 2020-01-03
# needs:
import csv
import datetime
import sqlite3

store = sqlite3.connect("orders.db", detect_types=sqlite3.PARSE_DECLTYPES)
store.execute("CREATE TABLE orders (id INTEGER, customer TEXT, day DATE, cents INTEGER)")
with open("orders.csv") as file:
    for row in csv.DictReader(file):
        day = datetime.datetime.strptime(row["day"], "%Y-%m-%d").date()
        store.execute("INSERT INTO orders VALUES (?, ?, ?, ?)", (row["id"], row["customer"], day, int(row["cents"] or 0)))
store.commit()
for day, cents in store.execute("SELECT day, sum(cents) FROM orders GROUP BY day ORDER BY day"):
    print(day.strftime("%d %b"), cents)
