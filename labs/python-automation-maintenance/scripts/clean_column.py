# chore: clean a column and total it
# born: 2020-01-03
# needs: pandas
import sys

import pandas as pd

orders = pd.read_csv("orders.csv", skipinitialspace=True)
orders["cents"] = orders["cents"].fillna(0).astype(int)
orders["day"] = pd.to_datetime(orders["day"])
refunds = orders[orders["cents"] < 0]
orders.loc[orders["cents"] < 0, "cents"] = 0
orders["month"] = orders["day"].dt.month
totals = orders.groupby("month")["cents"].sum()
late = pd.DataFrame({"cents": [orders["cents"].max()]}, index=[12])
print(totals.to_frame().append(late).to_csv(), end="")
print("refunds:", len(refunds))
