"""What a lab's own programs are built with: pinned sources in, a program in its .cache/ out, and a compiler that is found.

    folder = once(lab.dir / ".cache" / "clients", sources, version, make, lab.log)  # make(folder) fills it
    home, version = jdk()

Package managers keep their own download caches where they always do.
"""

import hashlib
import os
import re
import shutil
import subprocess
import time
from functools import cache
from pathlib import Path

from _harness import LabError


def once(folder, sources, version, make, log):
    """`folder`, made anew by make(folder) when a source or the compiler, whose `version` that is, has changed."""
    digest = hashlib.sha256(version.encode())
    for source in sorted(sources):
        digest.update(source.name.encode() + source.read_bytes())
    stamp = folder / "stamp"
    if stamp.exists() and stamp.read_text("utf-8") == digest.hexdigest():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.monotonic()
    make(folder)
    stamp.write_text(digest.hexdigest(), "utf-8")
    log(f"{folder.name} installed in {time.monotonic() - began:.1f} s")
    return folder


def run(command, environment=()):
    """Its output; LabError with the first line of its complaint."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=os.environ | dict(environment))
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()
        gist = next((line for line in words if "rror" in line), words[0])
        raise LabError(f"{Path(command[0]).name}: {gist.strip()}")
    return done.stdout


@cache
def jdk():
    """(home, version) of the first JDK 25 in JAVA_HOME, on the path or below /usr/lib/jvm."""
    on_path = shutil.which("java")
    homes = [os.environ.get("JAVA_HOME"), on_path and Path(on_path).resolve().parents[1]]
    for home in [*filter(None, homes), *sorted(Path("/usr/lib/jvm").glob("*"))]:
        if (Path(home) / "bin" / "javac").exists():
            first = run([Path(home) / "bin" / "java", "--version"]).splitlines()[0]
            if re.search(r" 25[. ]", first):
                return Path(home), first
    raise LabError("no JDK 25 in JAVA_HOME, on the path or in /usr/lib/jvm; install Temurin 25, see adoptium.net")


def jars(folder, pom, *options):
    """Have Maven put the jars that `pom` names, and those that they need, into `folder`."""
    maven = shutil.which("mvn")
    if not maven:
        raise LabError("no mvn on this machine; apt-get install maven")
    where = [f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    run([maven, "--quiet", "--batch-mode", f"--file={pom}", *options, "dependency:copy-dependencies", *where])
