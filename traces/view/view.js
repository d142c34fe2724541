// What a page does by itself: keys, turns put in place, a live run followed. All of it also works by links alone.
"use strict";

const $ = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// A click on a turn puts its panel in place instead of opening its page.
const turn = $("#turn");

function close(push = true) {
  const link = $("[data-close]", turn);
  if (push && link) history.pushState({}, "", link.href);
  turn.replaceChildren();
  for (const old of all(".focus")) old.classList.remove("focus");
}

async function show(link, push = true) {
  const page = new URL(link.href);
  const name = page.searchParams.get("turn");
  if (!name || page.pathname !== location.pathname) { location.assign(link.href); return; }
  mark(name);
  turn.setAttribute("aria-busy", "true");
  const answer = await fetch(`${page.pathname}/turn/${encodeURIComponent(name)}`);
  if (!answer.ok) { location.assign(link.href); return; }
  const made = new DOMParser().parseFromString(await answer.text(), "text/html");
  turn.replaceChildren(...made.body.children);
  turn.removeAttribute("aria-busy");
  turn.scrollTop = 0;
  if (push) history.pushState({}, "", link.href);
  if (matchMedia("(max-width: 900px)").matches) turn.scrollIntoView({ block: "start" });
  else keep($(".node.focus"));
}

// The frame of a tree becomes narrower when a panel opens beside it: what was clicked stays in sight.
function keep(node) {
  const frame = node && node.closest(".tree-frame");
  if (!frame) return;
  const inside = frame.getBoundingClientRect(), here = node.getBoundingClientRect();
  if (here.right > inside.right) frame.scrollLeft += here.right - inside.right + 12;
  if (here.left < inside.left) frame.scrollLeft -= inside.left - here.left + 12;
}

function mark(name) {
  for (const old of all(".focus")) old.classList.remove("focus");
  const line = document.getElementById(`turn-${name}`);
  if (line) line.classList.add("focus");
  for (const one of all("svg.timeline .bar")) one.classList.toggle("focus", one.dataset.turn === name);
  const vote = line && line.closest(".votes") && line.closest("li.turn");
  const inTree = vote ? vote.id.slice(5) : name;
  for (const one of all("svg.tree .node")) {
    const here = one.dataset.turn === inTree;
    one.classList.toggle("focus", here);
    one.setAttribute("tabindex", here ? "0" : "-1");
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-turn]");
  if (turn && event.target.closest("[data-close]")) { event.preventDefault(); close(); return; }
  if (!link || !turn || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const href = link.getAttribute("href");
  event.preventDefault();
  show({ href: new URL(href, location).href });
});

addEventListener("popstate", () => {
  const name = new URLSearchParams(location.search).get("turn");
  if (!turn) return;
  if (name) show({ href: location.href }, false);
  else close(false);
});

// Arrow keys in a tree: to the parent, to a child, to the node above or below in the same column.
document.addEventListener("keydown", (event) => {
  const node = event.target.closest("svg.tree .node");
  if (!node || !event.key.startsWith("Arrow")) return;
  const nodes = all("svg.tree .node");
  const place = (one) => one.getBoundingClientRect();
  const here = place(node);
  const nearest = (found) => found.sort((a, b) => Math.abs(place(a).top - here.top) - Math.abs(place(b).top - here.top))[0];
  let goal;
  if (event.key === "ArrowLeft") goal = nodes.find((one) => one.dataset.turn === node.dataset.parent);
  if (event.key === "ArrowRight") goal = nearest(nodes.filter((one) => one.dataset.parent === node.dataset.turn));
  if (event.key === "ArrowUp") goal = nearest(nodes.filter((one) => Math.abs(place(one).left - here.left) < 2 && place(one).top < here.top));
  if (event.key === "ArrowDown") goal = nearest(nodes.filter((one) => Math.abs(place(one).left - here.left) < 2 && place(one).top > here.top));
  event.preventDefault();
  if (!goal) return;
  node.setAttribute("tabindex", "-1");
  goal.setAttribute("tabindex", "0");
  goal.focus();
  goal.scrollIntoView({ block: "nearest", inline: "nearest" });
});

// Keys of the whole page.
const typing = (target) => target.closest("input, textarea, select, dialog");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const rows = all(".row-link");
  const here = rows.indexOf(document.activeElement);
  const go = (row) => row && row.focus();
  if (event.key === "j") go(rows[Math.min(here + 1, rows.length - 1)]);
  else if (event.key === "k") go(rows[Math.max(here - 1, 0)]);
  else if (event.key === "Escape" && turn && turn.firstChild) {
    const node = $("svg.tree .node.focus");
    close();
    if (node) { node.setAttribute("tabindex", "0"); node.focus({ preventScroll: true }); }
  } else if (event.key === "[" || event.key === "]") {
    const link = $(`a[data-key="${event.key}"]`);
    if (link) location.assign(link.href);
  } else if (event.key === "/" && $("#search")) {
    event.preventDefault();
    $("#search").focus();
    $("#search").select();
  } else if (event.key === "?") $("#keys").showModal();
});

const keys = $("#keys-button");
if (keys) keys.addEventListener("click", () => $("#keys").showModal());

// A tree begins where its root or its focus is, not in a corner that may be empty.
const first = $("svg.tree .node.focus") || $("svg.tree .node");
const frame = $(".tree-frame");
if (first && frame && frame.scrollHeight > frame.clientHeight) {
  const goal = new URLSearchParams(location.search).has("turn") ? first : $("svg.tree .node.chosen") || first;
  frame.scrollTop = goal.getBoundingClientRect().top - frame.getBoundingClientRect().top - frame.clientHeight / 2;
}

// A live run: when there is something new, the parts marked `data-live` are taken from the page as it is now.
const live = document.body.dataset.live;
let stamp = document.body.dataset.stamp;

async function follow() {
  try {
    const answer = await fetch(live);
    const now = (await answer.json()).stamp;
    if (now !== stamp && !document.hidden) {
      const page = await fetch(location.href);
      const made = new DOMParser().parseFromString(await page.text(), "text/html");
      for (const part of all("[data-live][id]")) {
        const fresh = made.getElementById(part.id);
        if (fresh && fresh.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.replaceChildren(...fresh.childNodes);
      }
      stamp = now;
    }
  } catch (problem) {
    if (!(problem instanceof TypeError)) throw problem; // the page was closed, or the server is gone: look again later
  }
  setTimeout(follow, 1000);
}

if (live) setTimeout(follow, 1000);
