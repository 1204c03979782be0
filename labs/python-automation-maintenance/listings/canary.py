# Monthly: uv run --no-project --with-requirements job.in \
#   python canary.py job.py expected.txt  (job.in pins nothing)
import subprocess
import sys


def canary(run, expected):
    """(verdict, why): broken, wrong, announced or green."""
    plain, strict = run(), run("-W", "error")
    if plain.returncode:
        return "broken", plain.stderr
    if plain.stdout != expected:
        return "wrong", plain.stdout
    if strict.returncode or strict.stdout != expected:
        return "announced", strict.stderr
    return "green", ""


if __name__ == "__main__":
    job, expected = sys.argv[1], open(sys.argv[2]).read()
    verdict, why = canary(lambda *options: subprocess.run(
        [sys.executable, *options, job], capture_output=True,
        text=True), expected)
    sys.exit(verdict != "green" and f"{verdict}: {why}")
