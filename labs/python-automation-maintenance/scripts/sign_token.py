# chore: sign a token, and read it back
# born: 2020-01-03
# needs: itsdangerous
from itsdangerous import BadSignature, URLSafeSerializer

serializer = URLSafeSerializer("not a secret", "links")
token = serializer.dumps({"id": 5, "name": "export"})
print(token)
print(serializer.loads(token)["name"])
try:
    serializer.loads(token + "x")
except BadSignature:
    print("refused")
