# uv run --with-requirements job.in canary.py job.py right.txt
import shutil, subprocess, sys, tempfile

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

def run(*options):  # the job, in a fresh copy of this folder
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(".", folder, dirs_exist_ok=True)
        command = [sys.executable, *options, sys.argv[1]]
        return subprocess.run(command, cwd=folder,
                              capture_output=True, text=True)

if __name__ == "__main__":
    verdict, why = canary(run, open(sys.argv[2]).read())
    sys.exit(verdict != "green" and f"{verdict}: {why}")
