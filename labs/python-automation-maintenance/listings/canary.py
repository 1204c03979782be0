# Monthly: uv run --no-project --with-requirements job.in \
#   python canary.py job.py expected.txt  (job.in pins nothing)
import shutil
import subprocess
import sys
import tempfile


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

    def run(*options):  # in a fresh copy of this folder
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(".", folder, dirs_exist_ok=True)
            return subprocess.run([sys.executable, *options, job],
                                  cwd=folder, capture_output=True,
                                  text=True)

    verdict, why = canary(run, expected)
    sys.exit(verdict != "green" and f"{verdict}: {why}")
