# chore: write a spreadsheet and read it back
# born: 2020-01-03
# needs: openpyxl
import csv
import datetime

from openpyxl import Workbook, load_workbook

book = Workbook()
sheet = book.active
sheet["A1"] = "day"
sheet["B1"] = "cents"
with open("orders.csv") as file:
    for row in csv.DictReader(file):
        sheet.append([datetime.datetime.strptime(row["day"], "%Y-%m-%d"), int(row["cents"] or 0)])
book.save("orders.xlsx")
again = load_workbook("orders.xlsx").active
print(again.max_row, again["A2"].value.date(), sum(cell.value for cell in again["B"][1:]))
