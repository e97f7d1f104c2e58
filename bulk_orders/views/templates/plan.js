"use strict";
(() => {
  document.documentElement.classList.add("scripted");
  const search = document.querySelector("input[type=search]");
  const chips = [...document.querySelectorAll(".tools .chip")];
  const rows = [...document.querySelectorAll("tbody tr")];
  const shown = document.querySelector("#shown");
  const texts = rows.map((row) => row.textContent.toLowerCase());
  let only = "";
  const filter = () => {
    const words = (search ? search.value : "").toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, at) => {
      const fits = (only === "" || row.dataset.kind.split(" ").includes(only)) && words.every((word) => texts[at].includes(word));
      row.hidden = !fits;
      count += fits ? 1 : 0;
    });
    if (shown) shown.textContent = `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`;
  };
  if (search) search.addEventListener("input", filter);
  chips.forEach((chip) =>
    chip.addEventListener("click", () => {
      only = chip.dataset.only;
      chips.forEach((each) => each.setAttribute("aria-pressed", String(each === chip)));
      filter();
    }),
  );
  const copy = document.querySelector("#copy");
  if (copy)
    copy.addEventListener("click", async () => {
      const code = document.querySelector("#command");
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch {
        const range = document.createRange();
        range.selectNodeContents(code);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        document.execCommand("copy");
      }
      copy.textContent = "Copied";
    });
})();
