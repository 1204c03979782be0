"""The corpus again, for Sphinx with MyST, sphinx-design, ABlog and Furo as their documentation has them."""

import json
import re
import shutil
from pathlib import Path

CONF = """\
project = author = "Stock"
extensions = ["myst_parser", "sphinx_design", "ablog"]
myst_enable_extensions = ["colon_fence"]
html_theme = "furo"
html_baseurl = blog_baseurl = "https://stock.example/"
templates_path = ["_templates"]
blog_path = "archive"
blog_title = "Stock"
html_sidebars = {"**": [
    "sidebar/brand.html", "sidebar/search.html", "sidebar/scroll-start.html", "sidebar/navigation.html",
    "ablog/postcard.html", "ablog/recentposts.html", "ablog/tagcloud.html", "ablog/archives.html", "sidebar/scroll-end.html"]}
"""
# Without it every page is Furo's error stub: https://github.com/sunpy/ablog/issues/108
PAGE = '{% extends "furo/page.html" %}\n'


def write(ours: Path, target: Path) -> None:
    """Write what the copy at `ours` says, in words that stock Sphinx understands, to `target`."""
    (target / "essays").mkdir(parents=True)
    (target / "images").mkdir()
    (target / "_templates").mkdir()
    (target / "_templates/page.html").write_text(PAGE, encoding="utf-8")
    (target / "conf.py").write_text(CONF, encoding="utf-8")
    (target / "index.md").write_text((ours / "index.md").read_text(encoding="utf-8").replace("about\n", ""), encoding="utf-8")
    shutil.copyfile(ours / "glossary.md", target / "glossary.md")
    for source in sorted((ours / "essays").glob("*.md")):
        (target / "essays" / source.name).write_text(plain(ours, source), encoding="utf-8")
        for drawing in (ours / "labs" / source.stem / "figures").glob("*.svg"):
            shutil.copyfile(drawing, target / "images" / f"{source.stem}-{drawing.name}")


def plain(ours: Path, source: Path) -> str:
    """An essay's text with the numbers typed, claims as sentences and figures as images."""
    lab = ours / "labs" / source.stem
    values = json.loads((lab / "results.json").read_text(encoding="utf-8"))["values"]
    sentences = dict(re.findall(r'def test_(\w+)\(results\):\n    """(.*?)"""', (lab / "test_claims.py").read_text(encoding="utf-8")))
    text = re.sub(r"^figure\w*: .*\n", "", source.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = re.sub(r"\{result\}`([\w.]+)`", lambda key: f"{values[key[1]]['value']} {values[key[1]]['unit']}", text)
    text = re.sub(r"```\{claim\} (\w+)\n```", lambda claim: f":::{{note}}\n{sentences[claim[1]]}\n:::", text)
    text = re.sub(r"```\{chart\} (\w+)", lambda chart: f"```{{figure}} ../images/{source.stem}-{chart[1]}.svg", text)
    return re.sub(r"```\{evidence\}\n(.*?)```", r"\1", text, flags=re.DOTALL)
