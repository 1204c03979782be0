# chore: read a table from a page
# born: 2020-01-03
# needs: html5lib
import html5lib

with open("hosts.html", "rb") as page:
    document = html5lib.parse(page, namespaceHTMLElements=False)
for row in document.iter("tr"):
    cells = [cell.text.strip() for cell in row.findall("td")]
    if cells and int(cells[1]) > 80:
        print(cells[0], "is", cells[1] + "% full")
