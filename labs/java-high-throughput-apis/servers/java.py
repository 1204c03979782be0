"""The Java stacks: JDK 25 is found, Maven resolves the jars, javac and jar make the application."""

import re
import shutil

from _harness.tools import jars, jdk, run
from servers.toolchains import CACHE, SERVERS, once

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
    home, version = jdk()
    sources = [*(SERVERS / "java" / "core").iterdir(), *(SERVERS / "java" / name).iterdir()]
    pom = SERVERS / "java" / "pom.xml"

    def make(folder):
        jars(folder / "lib", pom, f"--activate-profiles={name}")
        # An AOT cache needs the application in a jar; a folder of classes gives none.
        classes = folder / "classes"
        compiler = [home / "bin" / "javac", "-parameters", "-d", classes, "-cp", f"{folder / 'lib'}/*"]
        run([*compiler, *sources])
        run([home / "bin" / "jar", "--create", "--file", folder / "app.jar", "-C", classes, "."])
        shutil.rmtree(classes)

    folder = once(f"java-{name}", [pom, *sources], version, make, log)
    stems = [jar.stem for jar in (folder / "lib").iterdir()]
    versions = {"Java": version.removeprefix("openjdk ")}
    versions |= {library: _version(stems, artifact) for library, artifact in (SHARED | FRAMEWORKS[name]).items()}
    if name == "spring":
        versions["Spring Boot's Jackson"] = _version(stems, "jackson-databind", max)
    return versions


def command(name, flags, cache):
    """java with the default collector and heap unless `flags` say otherwise."""
    folder = CACHE / f"java-{name}"
    path = [folder / "app.jar", *sorted((folder / "lib").iterdir())]
    collector = () if any(re.match(r"-XX:\+Use\w+GC$", flag) for flag in flags) else COLLECTOR
    heap = () if any(flag.startswith(("-Xms", "-Xmx")) for flag in flags) else HEAP
    start = (f"-XX:AOTCache={cache}",) if cache else ()
    classpath = ":".join(map(str, path))
    return [jdk()[0] / "bin" / "java", *collector, *heap, *start, *flags, "-cp", classpath, f"lab.{name}.Main"]


def _version(stems, artifact, choose=min):
    """The version in a jar's name; Spring Boot's Jackson 3 lies beside the handlers' Jackson 2."""
    return choose(stem[len(artifact) + 1 :] for stem in stems if re.fullmatch(rf"{re.escape(artifact)}-\d.*", stem))
