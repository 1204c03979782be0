# chore: render a mail from a template
# born: 2020-01-03
# needs: jinja2
import csv
import datetime

from jinja2 import Environment, FileSystemLoader

with open("mail.txt", "w") as file:
    file.write("Dear {{ name|title }},\n{% for order in orders %}- {{ order.day }}: {{ '%.2f'|format(order.cents|int / 100) }}\n{% endfor %}Sent {{ sent }}\n")
environment = Environment(loader=FileSystemLoader("."))
with open("orders.csv") as file:
    orders = [row for row in csv.DictReader(file) if row["customer"] == "Ada"]
sent = datetime.datetime.fromtimestamp(1577923200).strftime("%A %H:%M")
print(environment.get_template("mail.txt").render(name="ada", orders=orders, sent=sent))
