# chore: pack files, and say by which tool
# born: 2020-01-03
# needs:
import hashlib
import os
import shutil
import subprocess

made = shutil.make_archive("orders", "tar", ".", "orders.csv")
with open("orders.csv", "rb") as file:
    print(hashlib.sha256(file.read()).hexdigest()[:12])
listed = subprocess.run(["tar", "-tf", "orders.tar"], stdout=subprocess.PIPE, check=True)
print(listed.stdout.decode().strip())
target = os.path.join(os.environ.get("BACKUPS", "."), "kept.tar")
shutil.move(made, target)
print(os.path.basename(target), os.path.exists(target))
