# chore: handle a webhook
# born: 2020-01-03
# needs: flask
from flask import Flask, jsonify, request

app = Flask(__name__)


@app.route("/hook", methods=["POST"])
def hook():
    job = request.get_json()
    return jsonify(name=job["name"], page=job["minutes"] > 30)


client = app.test_client()
for job in ({"name": "export", "minutes": 14}, {"name": "backup", "minutes": 41}):
    answer = client.post("/hook", json=job)
    print(answer.status_code, answer.get_json()["name"], answer.get_json()["page"])
