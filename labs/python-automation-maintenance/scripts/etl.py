# chore: load a CSV file into SQLite and ask it
# born: 2020-01-03
# needs: sqlalchemy
import csv

from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, func, select

engine = create_engine("sqlite:///orders.db")
metadata = MetaData()
orders = Table("orders", metadata, Column("id", Integer, primary_key=True), Column("customer", String), Column("cents", Integer))
metadata.create_all(engine)
with open("orders.csv") as file:
    rows = [{"id": int(row["id"]), "customer": row["customer"], "cents": int(row["cents"] or 0)} for row in csv.DictReader(file)]
connection = engine.connect()
connection.execute(orders.insert(), rows)
query = select([orders.c.customer, func.sum(orders.c.cents)]).group_by(orders.c.customer).order_by(orders.c.customer)
for customer, cents in connection.execute(query):
    print(customer, cents)
connection.close()
print(engine.connect().execute(select([func.count(orders.c.id)])).scalar(), "rows")
