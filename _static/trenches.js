// Everything here adds to pages that are complete without it.
(() => {
  "use strict";

  const article = document.querySelector("article[role=main]");
  const { inventory } = document.currentScript.dataset;

  // One status region tells eyes and screen readers alike what was copied. It must exist before it speaks.
  const status = document.createElement("div");
  status.className = "status-message";
  status.role = "status";
  document.querySelector(".main").append(status);
  let silence;

  async function copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
      status.textContent = `${what} copied`;
    } catch {
      status.textContent = `${what} not copied`;
    }
    // What was said last stays as long as what was said before.
    clearTimeout(silence);
    silence = setTimeout(() => { status.textContent = ""; }, 3000);
  }

  function copyButton(name, text, what) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = name;
    button.addEventListener("click", () => copy(text, what));
    return button;
  }

  // A permalink copies its address and offers itself in the syntax of whoever links here. Its fragment is the label.
  const forms = document.createElement("div");
  forms.className = "link-forms";
  forms.role = "group";
  forms.ariaLabel = "Copy this link as";
  let opener;

  function named(link) {
    const claim = link.closest(".claim")?.querySelector(".claim-text");
    const text = (claim ?? link.parentElement).innerText.replace(/\s*#$/, "").trim();
    return link.closest("figcaption") ? `${text}, ${article.querySelector("h1").innerText.replace(/#$/, "")}` : text;
  }

  function syntaxes(link) {
    const label = decodeURIComponent(link.hash.slice(1)).toLowerCase();
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = named(link);
    return {
      Markdown: `[${anchor.textContent.replace(/[[\]\\`*_<]/g, "\\$&")}](${link.href})`,
      HTML: anchor.outerHTML,
      MyST: `[](inv:${inventory}#${label})`,
      reStructuredText: `:external+${inventory}:ref:\`${label}\``,
    };
  }

  function offer(link) {
    opener = link;
    forms.replaceChildren("Copy as", ...Object.entries(syntaxes(link)).map(([name, text]) => copyButton(name, text, `${name} link`)));
    const block = link.parentElement;
    if (block.matches("dt")) block.nextElementSibling.prepend(forms);
    else block.after(forms);
  }

  article.addEventListener("click", (event) => {
    const link = event.target.closest("a.headerlink");
    if (link) {
      offer(link);
      copy(link.href, "Link");
    } else if (!forms.contains(event.target)) forms.remove();
  });

  for (const entry of article.querySelectorAll(".link-to dl > div")) {
    const name = entry.querySelector("dt");
    name.append(copyButton("Copy", entry.querySelector("code").textContent, name.textContent));
  }

  for (const pre of article.querySelectorAll(".highlight > pre")) {
    const code = pre.cloneNode(true);
    for (const prompt of code.querySelectorAll(".gp, .linenos")) prompt.remove();
    pre.after(copyButton("Copy", code.textContent.trimEnd(), "Code"));
  }

  // What scrolls sideways must be reachable by keyboard, and what does not must not stop Tab.
  function markScrollable() {
    for (const box of article.querySelectorAll("pre, .table-wrapper, .drawing-scroll, .formula, .link-to dd")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  // Footnotes stand beside their references while there is a margin: the same nodes, moved by their top alone.
  const margin = matchMedia("screen and (min-width: 78em)");
  const notes = [...article.querySelectorAll("aside.footnote")].map((note) => (
    { note, reference: document.getElementById(note.querySelector("a[role=doc-backlink]").hash.slice(1)) }));

  // A variant that is not chosen keeps its place and is not seen.
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true });

  // A reference that is folded away is beside what it is folded into.
  const seen = (element) => (isSeen(element) ? element : seen(element.parentElement));

  function placeNotes() {
    const placed = article.classList.contains("notes-in-margin");
    article.classList.toggle("notes-in-margin", margin.matches);
    if (!margin.matches || !notes.length) return;
    // Inserted anew, a note does not count as content that moved under the reader's eyes.
    if (!placed) for (const { note } of notes) note.parentNode.append(note);
    const gap = 16;
    const origin = article.getBoundingClientRect();
    const left = notes[0].note.getBoundingClientRect().left;
    // In a closed disclosure a table is not seen and has a height all the same; a wide one has its width beyond its frame.
    const obstacles = [...article.querySelectorAll(".wide, figure, .table-wrapper, pre")]
      .filter(isSeen)
      .map((element) => element.getBoundingClientRect())
      .filter((box) => box.right > left - gap)
      .sort((a, b) => a.top - b.top);
    let floor = origin.top;
    for (const { note, reference } of notes) {
      let top = Math.max(seen(reference).getBoundingClientRect().top, floor);
      for (const box of obstacles) {
        if (box.top < top + note.offsetHeight + gap && box.bottom + gap > top) top = box.bottom + gap;
      }
      note.style.top = `${top - origin.top}px`;
      floor = top + note.offsetHeight + gap;
    }
  }

  // Disclosures and the window change the article's size, a choice of variant does not.
  const fit = () => { markScrollable(); placeNotes(); };
  new ResizeObserver(fit).observe(article);
  article.addEventListener("change", fit);

  // Furo opens its drawer with the label of a hidden checkbox, which takes no focus: a button does.
  const drawer = document.querySelector(".sidebar-drawer");
  const box = document.getElementById("__navigation");
  const label = document.querySelector(".nav-overlay-icon");
  const menu = document.createElement("button");
  menu.type = "button";
  menu.className = label.className;
  menu.append(...label.childNodes);
  menu.ariaLabel = "Menu";
  menu.setAttribute("aria-controls", drawer.id = "site-drawer");
  label.replaceWith(menu);
  drawer.ariaLabel = "Site";

  function setDrawer(open) {
    box.checked = open;
    menu.ariaExpanded = open;
  }
  setDrawer(box.checked);
  box.addEventListener("change", () => setDrawer(box.checked));
  menu.addEventListener("click", () => {
    setDrawer(!box.checked);
    if (box.checked) drawer.querySelector("a").focus();
  });
  drawer.addEventListener("click", (event) => { if (event.target.closest("a")) setDrawer(false); });
  document.addEventListener("focusin", (event) => {
    if (box.checked && event.target !== menu && !drawer.contains(event.target)) setDrawer(false);
  });

  // Search opens at once, so that no letter is lost; what answers is loaded when it first opens (search.js).
  const here = document.currentScript.src;
  const searchPage = `${document.documentElement.dataset.content_root}search.html`;
  let dialog;

  function openDialog() {
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "search-dialog";
      dialog.ariaLabel = "Search";
      dialog.innerHTML = `<div class="search-box">
        <form class="search" role="search" aria-label="Search the essays" action="${searchPage}">
        <input type="search" name="q" aria-label="Words to look for" autocomplete="off" spellcheck="false" autofocus>
        <button type="button">Close</button></form>
        <p class="search-status" role="status"></p><ol class="search-results"></ol></div>
        <p class="search-keys"><span><kbd>↑</kbd> <kbd>↓</kbd> move, <kbd>Enter</kbd> opens, <kbd>Esc</kbd> closes</span>
        <a href="${searchPage}">All sections</a></p>`;
      dialog.addEventListener("click", ({ target }) => {
        if (target === dialog || target.closest("a, button")) dialog.close();
      });
      document.body.append(dialog);
      const script = document.createElement("script");
      script.src = new URL("search.js", here);
      document.head.append(script);
    }
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("input").select();
  }

  function search() {
    const field = article.querySelector(".search-box input");
    if (field) field.focus();
    else openDialog();
  }

  function searchButton(className, content) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = className;
    button.innerHTML = content;
    button.ariaHasPopup = "dialog";
    button.addEventListener("click", search);
    return button;
  }

  document.querySelector(".sidebar-search").replaceWith(searchButton("sidebar-search", "Search <kbd>/</kbd>"));
  for (const toggle of document.querySelectorAll(".theme-toggle-container")) {
    const button = searchButton("search-button", `<svg viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="10.5" cy="10.5" r="6"></circle><path d="m15 15 5.5 5.5"></path></svg>`);
    button.ariaLabel = "Search";
    toggle.before(button);
  }

  // The host's own add-ons listen for "/" too; whoever comes first prevents the default.
  document.addEventListener("keydown", (event) => {
    // A key that composes a letter is the input method's, which is what 229 says where Safari composes no more.
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    const chord = event.ctrlKey || event.metaKey;
    const typing = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select");
    if ((event.key === "/" && !chord && !typing) || (event.key === "k" && chord)) {
      event.preventDefault();
      search();
    } else if (event.key === "Escape" && forms.isConnected) {
      forms.remove();
      opener.focus();
    } else if (event.key === "Escape" && box.checked) {
      setDrawer(false);
      menu.focus();
    }
  });

  // Furo's scroll-spy marks the section being read by a class only.
  document.addEventListener("gumshoeActivate", ({ detail }) => { detail.link.ariaCurrent = "location"; });
  document.addEventListener("gumshoeDeactivate", ({ detail }) => { detail.link.ariaCurrent = null; });

  // A link may lead to what has moved away, into a closed disclosure, which browsers of before 2025 do not open by themselves,
  // or to a claim that folds.
  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    if (target?.matches(".moved")) location.replace(target.querySelector("a").href);
    const closed = target?.closest("details:not([open])") ?? target?.querySelector(":scope > .fold:not([open])");
    if (!closed) return;
    closed.open = true;
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  reveal();
})();
