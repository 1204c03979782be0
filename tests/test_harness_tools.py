"""What a lab builds for itself: made once, made again when it has to be, and one line about what is missing."""

import shutil
from pathlib import Path

import pytest

from _harness import LabError, tools
from _harness.tools import jars, jdk, once, run


class Making:
    """A make function that counts, and the log beside it."""

    def __init__(self):
        self.made, self.said = 0, []

    def __call__(self, folder):
        self.made += 1
        (folder / "program").touch()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "Main.java"
    path.write_text("one")
    return path


@pytest.mark.parametrize(("change", "times"), [
    (lambda source: None, 1),
    (lambda source: source.write_text("two"), 2),
    # Three of the kind that nobody asked for.
    (lambda source: source.touch(), 1),
    (lambda source: shutil.rmtree(source.parent / "kept"), 2),
    (lambda source: (source.parent / "kept/stamp").unlink(), 2),
])
def test_a_program_is_built_again_when_a_source_changes_and_only_then(tmp_path, source, change, times):
    """A lab that measures yesterday's program says so nowhere; one that compiles each time wastes the quick form's minute."""
    making = Making()
    once(tmp_path / "kept", [source], "25", making, making.said.append)
    change(source)
    assert once(tmp_path / "kept", [source], "25", making, making.said.append) == tmp_path / "kept"
    assert making.made == len(making.said) == times and (tmp_path / "kept/program").exists()


def test_another_compiler_builds_again(tmp_path, source):
    """The receipt names the compiler that is there, not the one that once compiled."""
    making = Making()
    for version in ("25", "25.0.4", "25.0.4"):
        once(tmp_path / "kept", [source], version, making, making.said.append)
    assert making.made == 2


def test_a_build_that_failed_is_tried_again(tmp_path, source):
    """A half filled folder passed for a program."""
    def fails(folder):
        (folder / "half").touch()
        raise LabError("javac: error")

    making = Making()
    with pytest.raises(LabError):
        once(tmp_path / "kept", [source], "25", fails, making.said.append)
    once(tmp_path / "kept", [source], "25", making, making.said.append)
    assert making.made == 1 and not (tmp_path / "kept/half").exists()


@pytest.mark.parametrize(("ask", "said"), [
    (lambda folder: jars(folder, folder / "pom.xml"), "no mvn on this machine; apt-get install maven"),
    (lambda folder: jdk.__wrapped__(), "no JDK 25 in JAVA_HOME, on the path or in /usr/lib/jvm; install Temurin 25"),
])
def test_a_tool_that_is_missing_is_named_with_its_cure(monkeypatch, tmp_path, ask, said):
    """A traceback names a file of Python's."""
    monkeypatch.setattr(shutil, "which", lambda *_, **options: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(Path, "glob", lambda *_: [])
    with pytest.raises(LabError, match=said):
        ask(tmp_path)


@pytest.mark.parametrize(("script", "said"), [
    ("echo 'Main.java:3: error: no such name' >&2; exit 1", "sh: Main.java:3: error: no such name"),
    # Three of the kind that nobody asked for.
    ("echo 'first'; echo 'an Error in the build'; exit 1", "sh: an Error in the build"),
    ("exit 3", "sh: no message"),
    ("echo 'only this'; echo 'and this'; exit 1", "sh: only this"),
])
def test_what_a_tool_complains_of_is_one_line(script, said):
    """A build tool says a hundred lines, and one of them why."""
    with pytest.raises(LabError) as failure:
        run(["sh", "-c", script])
    assert str(failure.value) == said


def test_a_tool_has_the_variables_that_it_is_given():
    """A variable for one tool would otherwise be set for all."""
    assert run(["sh", "-c", "echo $GREETING"], {"GREETING": "hello"}) == "hello\n" and tools.run(["sh", "-c", "echo $GREETING"]) == "\n"
