"""The claims page: every claim of the site in one place, for people, for links and for programs."""

import json
import re

import jsonschema_rs
import pytest
from _harness import replications
from _harness.results import load
from playwright.sync_api import expect
from trenches.evidence.claims import evaluate


@pytest.fixture(scope="session")
def claims(pytestconfig) -> dict[str, object]:
    """Every claim by its label, as the labs' own files give it."""
    labs = sorted(path.parent for path in pytestconfig.rootpath.glob("labs/*/test_claims.py") if path.with_name("results.json").exists())
    found = {claim.label: claim for lab in labs for claim in evaluate(lab, load(lab / "results.json"), replications.load(lab)).values()}
    assert found
    return found


def test_every_claim_is_listed_with_its_status_values_essay_and_date(site, claims):
    """The claims that failed are the ones a list made by hand leaves out."""
    page = site.pages["claims.html"]
    boxes = {box.get("id"): box for box in page.find_class("claim")}
    assert set(boxes) == set(claims)
    for label, claim in claims.items():
        told = " ".join(boxes[label].text_content().split())
        assert claim.sentence in told and claim.verdict.replace("\xa0", " ") in told and claim.reason in told, label
        assert all(value.text.replace("\xa0", " ") in told for value in claim.values), label
        links = [site.resolve("claims.html", href) for href in boxes[label].xpath(".//a/@href")]
        assert {("about.html", label), (f"essays/{claim.lab}.html", label)} & set(links)
        assert boxes[label].xpath("../p[1]/time/@datetime"), f"{label}: not dated"


def test_the_same_claims_are_there_as_json(site, claims):
    """Whoever checks claims by program must not have to scrape them."""
    data = json.loads(site.files["claims.json"].read_text(encoding="utf-8"))
    assert {entry["label"] for entry in data["claims"]} == set(claims)
    for entry in data["claims"]:
        claim = claims[entry["label"]]
        assert (entry["sentence"], entry["title"], entry["status"], entry["verdict"]) == (claim.sentence, claim.title, claim.status, claim.verdict)
        assert [value["value"] for value in entry["values"]] == [value.value for value in claim.values]
        path, anchor = site.resolve("index.html", entry["url"])
        assert site.pages[path].xpath("//*[@id=$id]", id=anchor)


def test_what_the_data_is_made_of_is_published_and_true(site):
    """A reader of claims.json learnt that a field had gone from the program that failed on it."""
    data = json.loads(site.files["claims.json"].read_text(encoding="utf-8"))
    path, _ = site.resolve("index.html", data["schema"])
    schema = json.loads(site.files[path].read_text(encoding="utf-8"))
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(data)
    assert path == f"schemas/claims-{data['version']}.json"
    # Each field is described, at every depth.
    parts = [schema, *schema["$defs"].values()]
    assert all(set(part["required"]) == set(part["properties"]) for part in parts if "properties" in part)
    fields = [data, *data["claims"], *(value for claim in data["claims"] for value in claim["values"])]
    assert {name for entry in fields for name in entry} <= {name for part in parts for name in part.get("properties", ())}
    recorded = [name for name in site.files if re.fullmatch(r"labs/[^/]+/(results|replications/[^/]+)\.json", name)]
    results = jsonschema_rs.Draft202012Validator(json.loads(site.files["schemas/results-1.json"].read_text("utf-8")), validate_formats=True)
    assert results.is_valid({**json.loads(site.files[recorded[0]].read_text("utf-8")), "version": 1}), "a reader's copy refuses what is added later"
    assert len(recorded) > 10 and not [name for name in recorded if not results.is_valid(json.loads(site.files[name].read_text("utf-8")))]


def test_claims_are_filtered_by_tag_and_the_address_says_so(site, server, browser):
    """A filter whose result cannot be linked is lost with the tab."""
    page = browser.new_page()
    page.goto(f"{server}/claims.html")
    every = page.locator(".claim")
    expect(every.locator("visible=true")).to_have_count(every.count())
    for status in ("fails", ""):
        page.get_by_label("Status").select_option(status or "all")
    tag = page.get_by_label("Tag").locator("option").nth(1).inner_text()
    page.get_by_label("Tag").select_option(tag)
    tagged = page.locator(f".claim[data-tags~='{tag}']").count()
    assert 0 < tagged < every.count(), f"{tag} does not divide the claims; take another"
    expect(page.locator(".claim:visible")).to_have_count(tagged)
    expect(page.locator(".claim-filter output")).to_have_text(f"{tagged} of {every.count()} claims")
    page.reload()
    expect(page.locator(".claim:visible")).to_have_count(tagged)
    page.close()


def test_without_javascript_all_claims_stand_and_no_dead_filter_does(server, browser, claims):
    """A filter that needs a script is a form that does nothing where none runs."""
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{server}/claims.html")
    expect(page.locator(".claim:visible")).to_have_count(len(claims))
    expect(page.locator(".claim-filter")).to_be_hidden()
    page.close()
