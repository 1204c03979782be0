"""The lab's programs in Java: built once with JDK 25 and Maven's jars, started on a core of their own."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from _harness import LabError
from _harness.process import gist, surroundings
from _harness.tools import jars, jdk, once, run

HERE = Path(__file__).resolve().parent
SERVER_CORE, CLIENT_CORE = 0, 1
POM = HERE / "java" / "pom.xml"
LIBRARIES, CLASSES = HERE / ".cache" / "jars", HERE / ".cache" / "classes"
NAMED = {"pgjdbc": "postgresql", "MariaDB Connector/J": "mariadb-java-client", "Jackson": "jackson-databind"}
FLAGS = ("-XX:+UseSerialGC", "-Xms512m", "-Xmx512m", "-Dsun.net.httpserver.nodelay=true")


def build(lab):
    """Compile java/ if it has changed, and record the versions that it was compiled with."""
    home, version = jdk()
    sources = sorted((HERE / "java").glob("*.java"))
    compiler = [home / "bin" / "javac", "-Xlint:all", "-Werror", "-cp", f"{LIBRARIES}/*"]
    once(LIBRARIES, [POM], "", lambda folder: jars(folder, POM), lab.log)
    once(CLASSES, [POM, *sources], version, lambda folder: run([*compiler, "-d", folder, *sources]), lab.log)
    lab.version("Java", version.removeprefix("openjdk "))
    names = [jar.stem for jar in LIBRARIES.glob("*.jar")]
    for library, artifact in NAMED.items():
        lab.version(library, next(name[len(artifact) + 1 :] for name in names if re.fullmatch(rf"{artifact}-\d.*", name)))


def command(main, *arguments):
    """Words that start one of the programs, for `Process`."""
    return [*_pinned(), jdk()[0] / "bin" / "java", *FLAGS, "-cp", f"{CLASSES}:{LIBRARIES}/*", f"lab.{main}", *arguments]


def ask(main, arguments, lines):
    """Give a program `lines` to read; what it says, line by line."""
    words = [str(word) for word in command(main, *arguments)]
    done = subprocess.run(words, input="".join(f"{line}\n" for line in lines), env=surroundings(), capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"{main}: {gist(done.stderr)}")
    return done.stdout.splitlines()


def pin(server):
    """Keep a server, whose processes are its children, off the clients' core."""
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(server.pid, {SERVER_CORE})


def address(server, database=None, **options):
    """JDBC's address of a PostgreSQL of the harness."""
    told = server.connection
    asked = "&".join(f"{name}={value}" for name, value in {"user": told["user"], **options}.items())
    return f"jdbc:postgresql://127.0.0.1:{told['port']}/{database or told['dbname']}?{asked}"


def _pinned():
    taskset = shutil.which("taskset")
    if not taskset:
        raise LabError("no `taskset` on this machine; apt-get install util-linux")
    return [taskset, "--cpu-list", str(CLIENT_CORE)] if len(os.sched_getaffinity(0)) > 1 else []
