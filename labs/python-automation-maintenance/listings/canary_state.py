# Jobs that a canary meets: each takes the interpreter's options, and runs.
import subprocess
import sys
import tempfile


def job(code):
    def run(*options):
        with tempfile.TemporaryDirectory() as folder:
            return subprocess.run([sys.executable, *options, "-c", code], capture_output=True, text=True, cwd=folder)

    return run


__name__ = "state"
green = job("print(5)")
announced = job("import warnings; warnings.warn('five goes', DeprecationWarning); print(5)")
wrong = job("print(6)")
broken = job("print(five)")
