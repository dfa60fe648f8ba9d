// Refreshes the page in place: what did not change is not touched, so that scroll, focus and open details stay.
// The page works without it.
"use strict";

const EVERY_MS = 5000;
const PATIENCE_MS = 10000;
const $ = (id) => document.getElementById(id);
document.documentElement.classList.add("live");

// --- refreshing

let refreshedAt = new Date();
let running = 0;

async function refresh() {
  const run = ++running;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-store", signal });
    // A promise that is gone is worth showing; a gateway's error page is not.
    if (!answer.ok && answer.status !== 404) throw new Error(answer.statusText);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (run === running) show(fresh);
  } catch {
    if (run === running) lose();
  }
}

function show(fresh) {
  if (!fresh.querySelector("main")) return lose();
  refreshedAt = new Date();
  $("lost").hidden = true;
  const before = document.title;
  document.title = fresh.title;
  // None of these lies in another: what is new is taken out of the fresh page.
  for (const selector of ["link[rel=icon]", "#checked", "#counts", "#peers", "main", "#footer"]) {
    const [old, now] = [document.querySelector(selector), fresh.querySelector(selector)];
    if (old && now) morph(old, now);
  }
  dress();
  if (document.title !== before) $("announce").textContent = document.title;
}

function lose() {
  $("lost-since").textContent = refreshedAt.toLocaleTimeString();
  $("lost-since").dateTime = refreshedAt.toISOString();
  $("lost").hidden = false;
}

// --- changing only what differs

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE && (node.dataset.key || node.id)) || null;

// The next node that came from the server; what this script added is passed over and stays.
const given = (node) => (node?.dataset?.added === undefined ? node : given(node.nextSibling));

function morph(old, now) {
  // Read with and without script, it is not the same tree.
  if (old.isEqualNode(now) || old.nodeName === "NOSCRIPT") return;
  if (old.nodeName !== now.nodeName) return old.replaceWith(now);
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = now.nodeValue;
    return;
  }
  attributes(old, now);
  children(old, now);
}

function attributes(old, now) {
  // Whether details are open is the reader's, until the server changes its mind.
  if (old.hasAttribute("data-open") !== now.hasAttribute("data-open")) old.open = now.hasAttribute("open");
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !now.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of now.attributes) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function children(old, now) {
  const keyed = new Map();
  for (const child of old.children) if (keyOf(child)) keyed.set(keyOf(child), child);
  let at = given(old.firstChild);
  for (const wanted of [...now.childNodes]) {
    const key = keyOf(wanted);
    const found = key ? keyed.get(key) : at && !keyOf(at) && at.nodeName === wanted.nodeName ? at : null;
    if (!found) {
      old.insertBefore(wanted, at);
      continue;
    }
    if (found === at) at = given(at.nextSibling);
    else old.insertBefore(found, at);
    morph(found, wanted);
  }
  while (at) {
    const next = given(at.nextSibling);
    at.remove();
    at = next;
  }
}

// --- what only a script can add: the viewer's own zone, and a way to copy

function dress() {
  for (const time of document.querySelectorAll("time[title]")) {
    const local = new Date(time.dateTime).toLocaleString(undefined, { timeZoneName: "short" });
    if (!time.title.includes("·")) time.title += " · " + local;
  }
  if (!navigator.clipboard) return;
  for (const asked of document.querySelectorAll(".asked:not(:has(button))")) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.added = "";
    button.textContent = "copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(asked.querySelector("code").textContent);
      $("announce").textContent = "Copied.";
    });
    asked.prepend(button);
  }
}

// --- filter and keys

const filter = $("filter");
if (filter) {
  let pending;
  const apply = () => {
    const query = new URLSearchParams([...new FormData(filter)].filter(([, value]) => value));
    history.replaceState(null, "", query.size ? "?" + query : location.pathname);
    refresh();
  };
  filter.addEventListener("input", () => {
    clearTimeout(pending);
    pending = setTimeout(apply, 150);
  });
  filter.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(pending);
    apply();
  });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "Escape" && typing) return typing.blur();
  if (typing) return;
  if (event.key === "/" && $("q")) {
    event.preventDefault();
    $("q").focus();
    $("q").select();
  }
  if (event.key === "j") step(1);
  if (event.key === "k") step(-1);
});

// Enter opens by itself, since what has the focus is a link or a fold.
function step(by) {
  const stops = [...document.querySelectorAll("main a.name, main summary")].filter((stop) => stop.checkVisibility());
  const at = stops.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : stops.length - 1) : at + by;
  stops[next]?.focus();
}

dress();
setInterval(() => document.hidden || refresh(), EVERY_MS);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
