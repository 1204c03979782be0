# chore: compose a mail
# born: 2020-01-03
# needs:
import datetime
import getpass
from email.message import EmailMessage
from email.utils import format_datetime

message = EmailMessage()
message["Subject"] = "Orders of Zoë"
message["From"] = getpass.getuser() + "@localhost"
message["To"] = "ops@localhost"
message["Date"] = format_datetime(datetime.datetime.utcfromtimestamp(1578268800))
with open("orders.csv") as file:
    message.set_content("".join(line for line in file if "Zoë" in line))
print(message["Subject"], message["From"], message["Date"])
print(message.get_content(), end="")
print(message.as_string().splitlines()[0])
