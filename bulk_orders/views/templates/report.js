"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const PAGE = 100;
  const one = (what) => document.querySelector(what);
  const lang = document.documentElement.lang;
  const shown = (number) => number.toLocaleString(lang);
  const plural = new Intl.PluralRules(lang);
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const list = (body) => {
    const natural = new Intl.Collator(lang, { numeric: true });
    const words = one("#shown").dataset;
    const heads = [...document.querySelectorAll("th[data-sort]")];
    const place = Object.fromEntries(heads.map((head) => [head.dataset.sort, head.cellIndex]));
    const width = heads[0].parentNode.cells.length;
    const text = (row, key) => (key in place ? row.cells[place[key]].textContent.trim() : "");
    const all = [...body.rows].map((row, at) => ({
      row,
      at,
      kinds: row.dataset.kind.split(" "),
      size: row.dataset.size === "" ? -1 : Number(row.dataset.size),
    }));
    const value = { size: (each) => each.size };
    heads.forEach(({ dataset: { sort: key } }) => (value[key] ??= (each) => (each[key] ??= text(each.row, key))));
    const state = { only: "", words: [], least: -1, sort: "", down: false, grouped: false, page: 0 };
    let found = all;

    const fits = (each) =>
      (state.only === "" || each.kinds.includes(state.only)) &&
      each.size >= state.least &&
      state.words.every((word) => (each.text ??= plain(each.row.textContent)).includes(word));

    const ordered = (list) => {
      if (state.sort === "") return list;
      const of = value[state.sort];
      const compare = state.sort === "size" ? (a, b) => of(a) - of(b) : (a, b) => natural.compare(of(a), of(b));
      const turned = state.down ? -1 : 1;
      return [...list].sort((a, b) => turned * compare(a, b) || a.at - b.at);
    };

    const byOrder = (list) => {
      const orders = new Map();
      list.forEach((each) => {
        const name = value.name(each);
        if (!orders.has(name)) orders.set(name, []);
        orders.get(name).push(each);
      });
      return orders;
    };

    const heading = (name, number) => {
      const row = document.createElement("tr");
      const cell = row.appendChild(document.createElement("th"));
      row.className = "group";
      cell.colSpan = width;
      cell.scope = "rowgroup";
      cell.append(`${name} `);
      const counted = plural.select(number) === "one" ? words.one : words.many;
      cell.appendChild(document.createElement("span")).textContent = filled(counted, { count: shown(number) });
      return row;
    };

    const draw = (from, to) => {
      const orders = state.grouped ? byOrder(found) : null;
      let last;
      const rows = [];
      found.slice(from, to).forEach((each) => {
        const name = orders && value.name(each);
        if (orders && name !== last) rows.push(heading(name, orders.get(name).length));
        last = name;
        rows.push(each.row);
      });
      body.replaceChildren(...rows);
    };

    const page = () => {
      const from = state.page * PAGE;
      const to = Math.min(found.length, from + PAGE);
      draw(from, to);
      const fitting = found.length < all.length ? words.fitting : words.page;
      one("#shown").textContent = filled(found.length > PAGE ? fitting : words.all, {
        from: shown(from + 1),
        to: shown(to),
        found: shown(found.length),
        all: shown(all.length),
      });
      one(".pager").hidden = found.length <= PAGE;
      one("#back").disabled = state.page === 0;
      one("#next").disabled = to === found.length;
    };

    const again = () => {
      found = ordered(all.filter(fits));
      if (state.grouped) found = [...byOrder(found).values()].flat();
      state.page = 0;
      page();
    };
    const turn = (by) => () => {
      state.page += by;
      page();
      one("#chg").scrollIntoView();
    };

    one("input[type=search]").addEventListener("input", (event) => {
      state.words = plain(event.target.value).split(/\s+/).filter(Boolean);
      again();
    });
    one("#least")?.addEventListener("input", (event) => {
      state.least = event.target.value === "" ? -1 : Math.max(0, Number(event.target.value));
      again();
    });
    one("#grouped").addEventListener("change", (event) => {
      state.grouped = event.target.checked;
      again();
    });
    const chips = [...document.querySelectorAll(".tools [data-only]")];
    chips.forEach((chip) =>
      chip.addEventListener("click", () => {
        state.only = chip.dataset.only;
        chips.forEach((each) => each.setAttribute("aria-pressed", String(each === chip)));
        again();
      }),
    );
    heads.forEach((head) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        state.down = state.sort === head.dataset.sort && !state.down;
        state.sort = head.dataset.sort;
        heads.forEach((each) => each.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
        again();
      });
    });
    one("#back").addEventListener("click", turn(-1));
    one("#next").addEventListener("click", turn(1));
    addEventListener("beforeprint", () => draw(0, found.length));
    addEventListener("afterprint", page);
    page();
  };

  const table = one("#changes tbody");
  if (table) list(table);
  document.documentElement.dataset.ready = "yes";
});
