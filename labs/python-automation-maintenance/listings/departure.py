import tempfile

NOBODYS = "/dev/null/nobody"  # not even root can create it
DEPARTED = {
    "home": {"HOME": NOBODYS},
    "path": {"PATH": NOBODYS},
    "zone": {"TZ": "AWAY-13"},
    "locale": {"LC_ALL": "C", "PYTHONUTF8": "0",
               "PYTHONCOERCECLOCALE": "0"},
    "user": {"LOGNAME": "heir", "USER": "heir"},
}

def departure(run, expected):
    """What each change alone does to a job that is right here."""
    found = {}
    with tempfile.TemporaryDirectory() as elsewhere:
        changes = {"folder": {"cwd": elsewhere}, **DEPARTED}
        for what, change in changes.items():
            done = run(**change)
            wrong = done.stdout != expected and "wrong, and exit 0"
            crash = done.returncode and "crash"
            found[what] = crash or wrong or "the same"
    return found
