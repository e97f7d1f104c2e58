"use strict";
(() => {
  document.documentElement.classList.add("scripted");
  const data = JSON.parse(document.querySelector("#data").textContent);
  const names = Object.keys(data.words);
  const BITS = names.length;
  const ORDERS = names.length + 1;
  const PAGE = 50;
  const picked = Object.fromEntries(names.map((name) => [name, new Set()]));
  let finding = null;
  let sort = { by: "", down: false };
  let page = 0;
  let columns = null;
  let hits = [];
  const lang = document.documentElement.lang;
  const number = (value) => value.toLocaleString(lang);
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const fits = (group, apart) =>
    names.every((name, at) => name === apart || picked[name].size === 0 || picked[name].has(group[at])) &&
    (finding === null || (group[BITS] >> finding) & 1);

  const bars = all("rect[data-bar]");
  const picks = all("[data-pick]");
  const count = () => {
    names.forEach((name, at) => {
      const sums = data.words[name].map(() => 0);
      data.groups.forEach((group) => {
        if (fits(group, name)) sums[group[at]] += group[ORDERS];
      });
      const total = sums.reduce((sum, each) => sum + each, 0) || 1;
      let x = 0;
      bars.filter((bar) => bar.dataset.bar === name).forEach((bar) => {
        const width = (1000 * sums[bar.dataset.at]) / total;
        bar.setAttribute("x", x.toFixed(2));
        bar.setAttribute("width", width.toFixed(2));
        x += width;
      });
      picks.filter((pick) => pick.dataset.pick === name).forEach((pick) => {
        const at = Number(pick.dataset.at);
        pick.querySelector("b").textContent = number(sums[at]);
        pick.classList.toggle("none", sums[at] === 0);
        pick.setAttribute("aria-pressed", String(picked[name].has(at)));
      });
    });
    all("[data-finding]").forEach((button) =>
      button.setAttribute("aria-pressed", String(Number(button.dataset.finding) === finding)),
    );
  };

  const unpack = async () => {
    const text = atob(document.querySelector("#packed").textContent);
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const cells = (await new Response(stream).text()).split("\n").map((line) => line.split("\t"));
    const total = data.groups.reduce((sum, group) => sum + group[ORDERS], 0);
    const numbers = (line, empty) => Float64Array.from({ length: total }, (_, at) => (line[at] ? Number(line[at]) : empty));
    return {
      total,
      group: Uint32Array.from({ length: total }, (_, at) => Number(cells[0][at])),
      name: cells[1],
      id: cells[2],
      created: numbers(cells[3], -1),
      amount: numbers(cells[4], -1),
      money: cells[4],
      currency: cells[5],
    };
  };

  const search = document.querySelector("input[type=search]");
  const shown = document.querySelector("#shown");
  const body = document.querySelector("#board tbody");
  const back = document.querySelector("#back");
  const on = document.querySelector("#on");
  const words = (group) => names.map((name, at) => data.words[name][group[at]]);
  const told = shown.dataset;
  const written = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const dated = (at) => (lang === "en" ? at.toISOString().slice(0, 10) : written.format(at));
  const day = (minutes) => (minutes < 0 ? "" : dated(new Date(minutes * 60000)));
  const days = (minutes) => number(Math.floor((data.at - minutes) / 1440));
  const age = (minutes) => (minutes < 0 ? "" : ` (${filled(told.age, { days: days(minutes) })})`);
  const money = (text) => {
    const decimals = (text.split(".")[1] ?? "").length;
    return lang === "en" ? text : Number(text).toLocaleString(lang, { minimumFractionDigits: decimals });
  };

  const find = () => {
    const good = data.groups.map((group) => fits(group, null));
    const wanted = search.value.trim().toLowerCase();
    hits = [];
    for (let at = 0; at < columns.total; at += 1) {
      if (good[columns.group[at]] && (wanted === "" || columns.name[at].toLowerCase().includes(wanted))) hits.push(at);
    }
    if (sort.by) {
      const key = columns[sort.by];
      const sign = sort.down ? -1 : 1;
      const order = sort.by === "name" ? new Intl.Collator(lang, { numeric: true }).compare : (a, b) => a - b;
      hits.sort((a, b) => sign * order(key[a], key[b]));
    }
  };

  const cell = (row, text, kind) => {
    const made = row.insertCell();
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const draw = () => {
    const last = Math.max(0, Math.ceil(hits.length / PAGE) - 1);
    page = Math.min(page, last);
    body.replaceChildren();
    hits.slice(page * PAGE, (page + 1) * PAGE).forEach((at) => {
      const group = data.groups[columns.group[at]];
      const row = body.insertRow();
      const first = cell(row, columns.name[at]);
      if (data.store && /^\d+$/.test(columns.id[at])) {
        const link = document.createElement("a");
        link.href = `https://admin.shopify.com/store/${data.store}/orders/${columns.id[at]}`;
        link.rel = "noreferrer";
        link.textContent = columns.name[at];
        first.replaceChildren(link);
      }
      cell(row, day(columns.created[at]) + age(columns.created[at]), "when");
      words(group).forEach((word) => cell(row, word));
      cell(row, columns.money[at] ? `${money(columns.money[at])} ${columns.currency[at]}` : "", "num");
      cell(row, data.findings.filter((_, bit) => (group[BITS] >> bit) & 1).join(", "), "caution");
    });
    const from = hits.length ? page * PAGE + 1 : 0;
    const to = Math.min(hits.length, (page + 1) * PAGE);
    const figures = { from, to, found: hits.length, all: columns.total };
    const numbers = Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, number(value)]));
    shown.textContent = filled(told.page, numbers);
    back.disabled = page === 0;
    on.disabled = page >= last;
  };
  const refresh = () => {
    page = 0;
    count();
    if (columns) {
      find();
      draw();
    }
  };

  picks.forEach((pick) =>
    pick.addEventListener("click", () => {
      const chosen = picked[pick.dataset.pick];
      const at = Number(pick.dataset.at);
      if (!chosen.delete(at)) chosen.add(at);
      refresh();
    }),
  );
  all("[data-finding]").forEach((button) =>
    button.addEventListener("click", () => {
      const at = Number(button.dataset.finding);
      finding = finding === at ? null : at;
      refresh();
      if (finding !== null) document.querySelector("#orders").scrollIntoView();
    }),
  );
  all("[data-payment]").forEach((button) =>
    button.addEventListener("click", () => {
      picked.payment = new Set([Number(button.dataset.payment)]);
      picked.fulfillment = new Set([Number(button.dataset.fulfillment)]);
      refresh();
      document.querySelector("#orders").scrollIntoView();
    }),
  );
  const sorts = all("[data-sort]");
  sorts.forEach((button) =>
    button.addEventListener("click", () => {
      sort = { by: button.dataset.sort, down: sort.by === button.dataset.sort && !sort.down };
      sorts.forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
      refresh();
    }),
  );
  document.querySelector("#clear").addEventListener("click", () => {
    names.forEach((name) => picked[name].clear());
    finding = null;
    search.value = "";
    refresh();
  });
  search.addEventListener("input", refresh);
  back.addEventListener("click", () => {
    page -= 1;
    draw();
  });
  on.addEventListener("click", () => {
    page += 1;
    draw();
  });
  shown.textContent = told.unpacking;
  unpack().then(
    (unpacked) => {
      columns = unpacked;
      refresh();
      document.documentElement.dataset.ready = "yes";
    },
    () => {
      shown.textContent = told.old;
    },
  );
})();
