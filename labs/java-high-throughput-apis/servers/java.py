"""The Java stacks: JDK 25 is found, Maven resolves the jars, javac and jar make the application."""

import os
import re
import shutil
from functools import cache
from pathlib import Path

from _harness import LabError
from servers.toolchains import CACHE, SERVERS, once, run

# One visible processor makes the JVM choose the serial collector and a heap of its own; here both are said.
COLLECTOR = ("-XX:+UseG1GC",)
HEAP = ("-Xms512m", "-Xmx512m")
SHARED = {"Jackson": "jackson-databind", "HikariCP": "HikariCP", "pgjdbc": "postgresql"}
FRAMEWORKS = {
    "jdk": {},
    "jetty": {"Jetty": "jetty-server"},
    "helidon": {"Helidon": "helidon-webserver"},
    "vertx": {"Vert.x": "vertx-web"},
    "spring": {"Spring Boot": "spring-boot", "Tomcat": "tomcat-embed-core"},
}


def build(name, log):
    """As the build functions of toolchains."""
    maven = shutil.which("mvn")
    if not maven:
        raise LabError("no mvn on this machine; apt-get install maven")
    home, version = jdk()
    sources = [*(SERVERS / "java" / "core").iterdir(), *(SERVERS / "java" / name).iterdir()]
    pom = SERVERS / "java" / "pom.xml"

    def make(folder):
        resolve = [maven, "--quiet", "--batch-mode", f"--file={pom}", f"--activate-profiles={name}"]
        libraries = [f"-DoutputDirectory={folder / 'lib'}", "-DincludeScope=runtime"]
        run([*resolve, "dependency:copy-dependencies", *libraries])
        # An AOT cache needs the application in a jar; a folder of classes gives none.
        classes = folder / "classes"
        compiler = [home / "bin" / "javac", "-parameters", "-d", classes, "-cp", f"{folder / 'lib'}/*"]
        run([*compiler, *sources])
        run([home / "bin" / "jar", "--create", "--file", folder / "app.jar", "-C", classes, "."])
        shutil.rmtree(classes)

    folder = once(f"java-{name}", [pom, *sources], version, make, log)
    jars = [jar.stem for jar in (folder / "lib").iterdir()]
    versions = {"Java": version.removeprefix("openjdk ")}
    versions |= {library: _version(jars, artifact) for library, artifact in (SHARED | FRAMEWORKS[name]).items()}
    if name == "spring":
        versions["Spring Boot's Jackson"] = _version(jars, "jackson-databind", max)
    return versions


def command(name, flags, cache):
    """java with the default collector and heap unless `flags` say otherwise."""
    folder = CACHE / f"java-{name}"
    jars = [folder / "app.jar", *sorted((folder / "lib").iterdir())]
    collector = () if any(re.match(r"-XX:\+Use\w+GC$", flag) for flag in flags) else COLLECTOR
    heap = () if any(flag.startswith(("-Xms", "-Xmx")) for flag in flags) else HEAP
    start = (f"-XX:AOTCache={cache}",) if cache else ()
    classpath = ":".join(map(str, jars))
    return [jdk()[0] / "bin" / "java", *collector, *heap, *start, *flags, "-cp", classpath, f"lab.{name}.Main"]


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


def _version(jars, artifact, choose=min):
    """The version in a jar's name; Spring Boot's Jackson 3 lies beside the handlers' Jackson 2."""
    return choose(jar[len(artifact) + 1 :] for jar in jars if re.fullmatch(rf"{re.escape(artifact)}-\d.*", jar))
