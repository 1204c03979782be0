// The claims page shows all claims; the address says which of them were asked for. The page is drawn when they are chosen.
(() => {
  "use strict";

  const filter = document.querySelector(".claim-filter");
  const claims = [...document.querySelectorAll(".claim")];

  function filterClaims() {
    const { tag, status: wanted } = Object.fromEntries(new FormData(filter));
    for (const claim of claims) {
      const { tags, status: is } = claim.dataset;
      claim.hidden = (tag && !tags.split(" ").includes(tag)) || (wanted && is !== wanted);
    }
    filter.querySelector("output").value = `${claims.filter((claim) => !claim.hidden).length} of ${claims.length} claims`;
  }

  const asked = new URLSearchParams(location.search);
  for (const field of filter.querySelectorAll("select")) field.value = asked.get(field.name) ?? "";
  filterClaims();
  filter.addEventListener("change", () => {
    filterClaims();
    history.replaceState(null, "", `?${new URLSearchParams(new FormData(filter))}`);
  });
})();
