// Search, loaded when it is first asked for. How the index is laid out stands in _ext/trenches/search/index.py.
(() => {
  "use strict";

  // An answer is sought in the sections of at most this many pages, those in which the query's words weigh most.
  const MOST_PAGES = 4;
  const MOST_RESULTS = 20;
  // A result that scores less than this share of the best one is noise.
  const LEAST = 0.15;
  const EXCERPT = 34;

  // Tuned on one half of tests/search-queries.toml. What stands for a typed word counts less than the word itself.
  const LIKE = { parts: 0.8, apart: 0.3, synonym: 0.6, begun: 0.5, misspelt: 0.6 };
  // A part of a compound, such as created_at, says less than the word by itself.
  const PART = 0.5;
  // Where a word stands; how soon more of the same word, and of other words around it, make no difference.
  const IN = { heading: 3, title: 0.6, asked: 2, text: 1, code: 0.2 };
  const SATURATION = 5;
  const LENGTH = 0.1;
  // Plain inverse frequency lets a rare word that says little outweigh the subject.
  const RARITY = 0.6;
  // All words of the query side by side make half as much again of the score; a term that is named comes before those that mention it.
  const TOGETHER = 0.5;
  const NAMED = 2;
  const SOURCES = 0.6;
  // A claim that no section tells, a list of decisions that each section argues, and what only leads up to them come after a section.
  const UNTOLD = 0.6;
  const LEAD = 0.9;
  const SUMMARY = 0.8;

  const root = document.documentElement.dataset.content_root;
  const asked = {};
  const arrived = {};

  // A page opened from a folder may load scripts but fetch nothing, so the index comes as scripts that call this.
  self.trenchesSearch = (name, data) => { arrived[name] = data; };

  function load(name, version) {
    return asked[name] ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${root}search/${name}.js${version ? `?v=${version}` : ""}`;
      script.onload = () => resolve(arrived[name]);
      script.onerror = () => {
        delete asked[name];
        reject(new Error(`${script.src} was not loaded`));
      };
      document.head.append(script);
    });
  }

  // Words, as the builder finds them: the patterns come with the index.

  function lexicon({ word, part, endings, stop, synonyms }) {
    const [wordPattern, partPattern] = [word, part].map((pattern) => new RegExp(pattern, "gu"));
    const patterns = endings.map(([ending, instead]) => [new RegExp(ending, "u"), instead]);
    const stopped = new Set(stop.trim().split(/\s+/));
    const known = new Map();

    const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replaceAll("’", "'");
    const words = (text) => (fold(text).match(wordPattern) ?? []).filter((found) => !stopped.has(found));
    const stem = (text) => patterns.reduce((rest, [ending, instead]) => rest.replace(ending, instead), text);

    // The word without its ending and, if it is a compound, its parts without theirs.
    function terms(compound) {
      if (!known.has(compound)) {
        const parts = (compound.match(partPattern) ?? [])  // "_" has none
          .filter((found) => found.length > 1 && !/^\d+$/.test(found) && !stopped.has(found));
        known.set(compound, [...new Set([compound, ...parts].map(stem))]);
      }
      return known.get(compound);
    }

    // A text as its simple words in order, compounds taken apart, so that words side by side can be found in it.
    function run(text) {
      return words(text).flatMap((found) => {
        const [whole, ...parts] = terms(found);
        return parts.length ? parts : [whole];
      });
    }

    const synonymRows = synonyms.trim().split("\n")
      .map((row) => row.split(",").map((phrase) => ({ terms: words(phrase).map(stem), run: run(phrase) })).filter(({ run }) => run.length));
    return { words, terms, run, synonymRows };
  }

  // The builder deals words to files by their Adler-32.
  function fileOf(word, count) {
    let [a, b] = [1, 0];
    for (const byte of new TextEncoder().encode(word)) {
      a = (a + byte) % 65521;
      b = (b + a) % 65521;
    }
    return (b * 65536 + a) % count;
  }

  let opened;
  async function open() {
    const { lexicon: patterns, words, wordFiles, pages } = await load("index");
    if (opened) return opened;
    const vocabulary = new Set();
    const filed = wordFiles.map((version) => ({ version, words: [] }));
    let word = "";
    for (const coded of words.split(" ")) {
      word = word.slice(0, parseInt(coded[0], 36)) + coded.slice(1);
      vocabulary.add(word);
      filed[fileOf(word, filed.length)].words.push(word);
    }
    opened = { ...lexicon(patterns), vocabulary, filed, pages, cards: new Map() };
    return opened;
  }

  // What each word of a query may stand for: a slot is a list of [terms, how much they count, the pattern of a
  // run in which they stand together if they have to], all of them needed.

  function slotsOf(query, site, typing) {
    const typed = site.words(query);
    const slots = typed.map((word, i) => alternatives(word, site, typing && i === typed.length - 1));
    const stems = typed.map((word) => site.terms(word)[0]);
    for (const row of site.synonymRows) {
      for (const phrase of row) {
        const at = stems.findIndex((_, start) => phrase.terms.every((term, i) => stems[start + i] === term));
        if (at < 0) continue;
        const others = row.filter((other) => other !== phrase && other.terms.every((term) => site.vocabulary.has(term)))
          .map(({ terms, run }) => [terms, LIKE.synonym, terms.length > 1 && sideBySide(run)]);
        for (const slot of slots.slice(at, at + phrase.terms.length)) slot.push(...others);
      }
    }
    return slots.filter((slot) => slot.length);
  }

  // One other word between two of them does no harm.
  function sideBySide(words) {
    return new RegExp(` ${words.map((word) => word.replace(/[.+]/g, "\\$&")).join("( \\S+)? ")} `);
  }

  function alternatives(word, { terms, vocabulary }, unfinished) {
    const [whole, ...parts] = terms(word);
    const isKnown = vocabulary.has(whole);
    const slot = isKnown ? [[[whole], 1]] : [];
    if (parts.length && parts.every((term) => vocabulary.has(term))) slot.push([parts, isKnown ? LIKE.apart : LIKE.parts]);
    if (whole.length > 1 && (unfinished || !isKnown)) {
      const begun = [...vocabulary].filter((term) => term !== whole && (term.startsWith(whole) || term.startsWith(word)));
      begun.sort((a, b) => a.length - b.length);
      slot.push(...begun.slice(0, 8).map((term) => [[term], LIKE.begun * Math.sqrt(whole.length / term.length)]));
    }
    // A number with another digit is another number.
    if (!isKnown && whole.length > 3 && !/\d/.test(whole)) {
      const most = whole.length > 6 ? 2 : 1;
      const near = [...vocabulary].map((term) => [term, edits(whole, term, most)]);
      const least = Math.min(...near.map(([, count]) => count));
      if (least <= most) {
        slot.push(...near.filter(([, count]) => count === least).map(([term]) => [[term], LIKE.misspelt ** least]));
      }
    }
    return slot;
  }

  // How many letters to change, add, drop or swap; infinite once it is more than `most`.
  function edits(from, to, most) {
    if (Math.abs(from.length - to.length) > most) return Infinity;
    let [twoAbove, above] = [[], Array.from({ length: to.length + 1 }, (_, i) => i)];
    for (let i = 1; i <= from.length; i += 1) {
      const row = [i];
      for (let j = 1; j <= to.length; j += 1) {
        row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (from[i - 1] !== to[j - 1]));
        const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
        if (swapped) row[j] = Math.min(row[j], twoAbove[j - 2] + 1);
      }
      if (Math.min(...row) > most) return Infinity;
      [twoAbove, above] = [above, row];
    }
    return above[to.length];
  }

  // First the pages, by the words in them.

  async function placesOf(term, { filed }) {
    const number = fileOf(term, filed.length);
    const { version, words } = filed[number];
    const places = await load(`words-${number}`, version);
    let page = 0;
    return new Map(places.split(",")[words.indexOf(term)].split(" ").map((code) => {
      const step = parseInt(code, 36);
      page += step >> 1;
      return [page, 1 + (step & 1)];
    }));
  }

  async function bestPages(slots, site) {
    const scores = new Map();
    for (const slot of slots) {
      const best = new Map();
      for (const [terms, counts] of slot) {
        const [first, ...others] = await Promise.all(terms.map((term) => placesOf(term, site)));
        const having = [...first].map(([page, weight]) => [page, Math.min(weight, ...others.map((places) => places.get(page) ?? 0))])
          .filter(([, weight]) => weight);
        // Each by its own rarity: common words that stand for a rare one would bring every page.
        const rarity = Math.log(1 + site.pages.length / having.length);
        for (const [page, weight] of having) best.set(page, Math.max(best.get(page) ?? 0, counts * weight * rarity));
      }
      for (const [page, weight] of best) scores.set(page, (scores.get(page) ?? 0) + weight);
    }
    return [...scores].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MOST_PAGES).map(([page]) => page);
  }

  // Then the sections, claims and terms of those pages, by where and how often the words stand in them.

  async function cardsOf(page, site) {
    const [name, version, title] = site.pages[page];
    const entries = await load(name, version);
    if (!site.cards.has(page)) {
      const count = (text) => {
        const counts = new Map();
        const add = (term, weight) => counts.set(term, (counts.get(term) ?? 0) + weight);
        for (const [whole, ...parts] of site.words(text).map(site.terms)) {
          add(whole, 1);
          for (const part of parts) add(part, PART);
        }
        return counts;
      };
      const inTitle = count(title);
      site.cards.set(page, entries.map(([anchor, label, heading, text, code, asked, section]) => {
        const runs = [site.run(heading), site.run(text)];
        const questions = asked.split("\n").map(site.run);
        return {
          place: `${name}#${anchor}`, section: `${name}#${section}`, href: `${root}${name}.html#${anchor}`,
          title, label, heading, text, isLead: !label && heading === title,
          in: { heading: count(heading), title: inTitle, asked: count(asked), text: count(text), code: count(code) },
          length: runs.flat().length,
          run: ` ${[...runs, ...questions].map((run) => run.join(" ")).join(" . ")} `,
        };
      }));
    }
    return site.cards.get(page);
  }

  function often(card, terms, beside) {
    if (beside && !beside.test(card.run)) return 0;
    return Math.min(...terms.map((term) => Object.entries(IN)
      .reduce((sum, [where, weight]) => sum + weight * (card.in[where].get(term) ?? 0), 0)));
  }

  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

  function rank(cards, slots, run) {
    const usual = sum(cards.map((card) => card.length)) / cards.length;
    const weighted = slots.map((slot) => slot.map(([terms, counts, beside]) => {
      const having = cards.filter((card) => often(card, terms, beside)).length;
      return { terms, counts, beside, weight: counts * Math.log(1 + cards.length / (having + 0.5)) ** RARITY };
    }));
    const most = weighted.map((slot) => Math.max(...slot.map(({ weight }) => weight)));
    const pairs = run.slice(1).map((word, i) => ` ${run[i]} ${word} `);
    const scored = cards.map((card) => {
      const half = SATURATION * (1 - LENGTH + LENGTH * card.length / usual);
      const got = weighted.map((slot) => Math.max(...slot.map(({ terms, beside, weight }) => {
        const times = often(card, terms, beside);
        return weight * times / (times + half);
      })));
      const answered = sum(most.filter((_, i) => got[i])) / sum(most);
      const together = pairs.length ? pairs.filter((pair) => card.run.includes(pair)).length / pairs.length : 0;
      let score = sum(got) * answered * (1 + TOGETHER * together);
      if (card.label === "Term" && isNamed(card, weighted)) score *= NAMED;
      if (card.place.endsWith("-sources")) score *= SOURCES;
      if (card.place.endsWith("-monday")) score *= SUMMARY;
      if (card.isLead) score *= LEAD;
      if (card.label && card.section.endsWith("-evidence")) score *= UNTOLD;
      return { ...card, score };
    });
    const top = Math.max(...scored.map(({ score }) => score));
    return scored.filter(({ score }) => score && score >= top * LEAST).sort((a, b) => b.score - a.score);
  }

  function isNamed(term, weighted) {
    return [...term.in.heading.keys()].every((word) => weighted.some((slot) => slot.some(({ terms, counts }) => (
      counts > LIKE.apart && terms.includes(word)))));
  }

  async function find(query, typing = false) {
    const site = await open();
    const slots = slotsOf(query, site, typing);
    const marked = new Set(slots.flatMap((slot) => slot.flatMap(([terms]) => terms)));
    const cards = await Promise.all((await bestPages(slots, site)).map((page) => cardsOf(page, site)));
    const results = cards.length ? rank(cards.flat(), slots, site.run(query)) : [];
    return { results, markedIn: (word) => site.words(word).flatMap(site.terms).filter((term) => marked.has(term)) };
  }
  // What the tests ask.
  self.trenchesSearch.find = find;
  self.trenchesSearch.words = async (text) => {
    const { words, terms } = await open();
    return words(text).flatMap(terms);
  };

  // What the reader sees

  function element(name, className, ...children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  // The words, those that were looked for marked without the punctuation around them, each with the blank after it.
  function markWords(words, markedIn) {
    return words.flatMap((word) => {
      if (!markedIn(word).length) return [word, " "];
      const [, before, inside, after] = word.match(/^([^\p{L}\p{N}]*)(.*?)([^\p{L}\p{N}]*)$/u);
      return [before, element("mark", "", inside), after, " "];
    });
  }

  // The stretch of the text that holds the most of the words looked for.
  function excerpt(text, markedIn) {
    const words = text.split(" ");
    const hits = words.map(markedIn);
    let [best, start] = [-1, 0];
    for (let at = 0; at === 0 || at <= words.length - EXCERPT; at += 1) {
      const inside = hits.slice(at, at + EXCERPT).flat();
      const worth = new Set(inside).size + inside.length / 100;
      if (worth > best) [best, start] = [worth, at];
    }
    // A few words before the first hit say what it is about.
    const first = hits.findIndex((found, i) => i >= start && found.length);
    if (start) start = Math.min(Math.max(first - 6, 0), Math.max(words.length - EXCERPT, 0));
    const end = start + EXCERPT;
    return [start ? "… " : "", ...markWords(words.slice(start, end), markedIn), end < words.length ? "…" : ""];
  }

  function shown({ href, title, label, heading, text }, markedIn) {
    const link = element("a", "", ...markWords(heading.split(" "), markedIn));
    link.href = href;
    const item = element("li", "", element("p", "search-heading", link));
    const where = [title, label].filter((part) => part && part !== heading).join(" · ");
    if (where) item.append(element("p", "search-where", where));
    // A claim's sentence is its heading already.
    if (text && !label.startsWith("Claim")) item.append(element("p", "search-excerpt", ...excerpt(text, markedIn)));
    return item;
  }

  function mount(box) {
    const form = box.querySelector("form");
    const [field, status, list] = [form.elements.q, box.querySelector("[role=status]"), box.querySelector("ol")];
    const isDialog = Boolean(box.closest("dialog"));
    let [latest, timer] = [0, 0];

    const stops = () => [field, ...list.querySelectorAll("a")];

    async function answer(typing) {
      clearTimeout(timer);
      const query = field.value.trim();
      const turn = latest += 1;
      let found = { results: [] };
      let said = "";
      try {
        if (query) found = await find(query, typing);
        const count = found.results.length;
        if (query) said = count ? `${count} ${count === 1 ? "result" : "results"}` : `Nothing found for “${query}”`;
        if (count > MOST_RESULTS) said += `, the best ${MOST_RESULTS} shown`;
      } catch {
        said = "The search index could not be loaded";
      }
      if (turn !== latest) return;
      const stop = stops().indexOf(document.activeElement);
      list.replaceChildren(...found.results.slice(0, MOST_RESULTS).map((result) => shown(result, found.markedIn)));
      if (stop > 0) (stops()[stop] ?? field).focus();
      status.textContent = said;
      box.classList.toggle("has-query", Boolean(query));
    }

    // A screen reader tells the count once the typing rests, not at every letter.
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(answer, 120, true);
    });

    if (isDialog) {
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        await answer(false);
        list.querySelector("a")?.click();
      });
    }

    box.addEventListener("keydown", (event) => {
      // As in trenches.js: the key is the input method's, whose own list the arrows move through.
      if (event.isComposing || event.keyCode === 229) return;
      const at = stops().indexOf(document.activeElement);
      const to = stops()[{ ArrowDown: at + 1, ArrowUp: at - 1 }[event.key]];
      if (at >= 0 && to) {
        event.preventDefault();
        to.focus();
      } else if (at > 0 && /^\S$/u.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
        // Whoever goes on typing means the field.
        field.focus();
      }
    });

    if (!isDialog && !field.value) field.value = new URLSearchParams(location.search).get("q") ?? "";
    answer(false);
  }

  for (const box of document.querySelectorAll(".search-box")) mount(box);
})();
