# chore: load a configuration
# born: 2020-01-03
# needs:
import configparser

parser = configparser.ConfigParser(defaults={"retries": "0"})
parser.read("jobs.ini")
for name in parser.sections():
    if parser.getboolean(name, "enabled"):
        hours, minutes = parser.get(name, "after").split(":")
        print(name, parser.get(name, "command"), int(hours) * 60 + int(minutes), parser.getint(name, "retries"))
