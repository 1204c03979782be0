# chore: clean what users wrote before it is mailed
# born: 2021-07-01
# needs: bleach
import bleach

print(bleach.clean("an <script>evil()</script> example"))
print(bleach.clean("<b>bold</b> <i onclick='x()'>slanted</i>", tags=["b", "i"]))
print(bleach.linkify("see http://localhost/orders for more"))
