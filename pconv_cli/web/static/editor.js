// The mask page: tools, requests, and what is said about them. The server holds the mask; the page shows it.
import { View } from "./view.js";
import { currentLanguage, keyList, otherLanguage, say, setLanguage } from "./words.js";

const $ = (id) => document.getElementById(id);
const TOOLS = { brush: "b", area: "p", lasso: "l", flood: "c", judge: "j", hand: "h" };

const canvas = $("canvas");
const view = new View(canvas, (waiting) => { $("waiting").hidden = !waiting; }, (trouble) => tell(trouble ?? say("lost"), true));
let images = [];
let current = -1; // the image that is shown
let wanted = -1; // the one that was asked for last
let tool = "brush";
let points = []; // of the stroke, lasso or polygon under the hand, in image pixels
let hover = null;
let drag = null;
let space = false;
let steps = Promise.resolve(); // requests that change something, one after the other: what is saved is what was drawn before
let comparing = 0; // counts comparisons, so that a newer one ends an older one

// --- talking with the server

async function ask(address, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  let reply;
  try {
    reply = await fetch(address, options);
  } catch {
    tell(say("lost"), true);
    throw new Error("lost");
  }
  if (!reply.ok) {
    const { error } = await reply.json().catch(() => ({ error: say("lost") }));
    tell(error, true);
    throw new Error(error);
  }
  return reply;
}

function tell(words, bad = false) {
  $("message").textContent = words;
  $("message").classList.toggle("bad", bad);
}

function queued(work) {
  steps = steps.then(work).catch(() => undefined); // what went wrong is said by `ask`
  return steps;
}

function send(what, body) {
  const number = current;
  return queued(async () => {
    const state = await (await ask(`image/${number}/${what}`, body)).json();
    images[number].state = state.state;
    if (number === current) take(state);
    else listImages();
    return state;
  });
}

const step = async (body) => (await send("step", body))?.answer;

function take(state) {
  Object.assign(view.image, state);
  view.overlay = state.version === view.version ? view.overlay : null;
  $("after").checked = view.showOverlay = view.showOverlay && view.overlay !== null;
  view.refreshMask(state.version);
  $("undo").disabled = !state.undo;
  $("redo").disabled = !state.redo;
  for (const id of ["accept-all", "reject-all"]) $(id).disabled = !state.proposed;
  showState();
}

// --- images

async function load() {
  speak(currentLanguage());
  const { images: found, methods, damage } = await (await ask("images")).json();
  images = found;
  for (const method of methods) $("method").append(new Option(method, method));
  for (const kind of damage) {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", value: kind, checked: kind === "white" });
    const word = document.createElement("span");
    word.dataset.word = kind;
    label.append(box, " ", word);
    $("damage").append(label);
  }
  speak(currentLanguage());
  listImages();
  await open(0);
}

function listImages() {
  $("images").replaceChildren(...images.map(({ name, state }, number) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const dot = document.createElement("span");
    dot.className = "dot";
    button.append(dot, name);
    button.title = say(state);
    item.className = state;
    button.setAttribute("aria-current", number === current);
    button.onclick = () => open(number);
    item.append(button);
    return item;
  }));
}

async function open(number) {
  if (number < 0 || number >= images.length) return;
  wanted = number;
  const state = await queued(async () => (await ask(`image/${number}`)).json());
  if (!state || number !== wanted) return;
  current = number;
  comparing++;
  points = [];
  view.open({ number, ...state });
  $("name").textContent = state.name;
  $("follow").checked = state.method !== null;
  if (state.method) $("method").value = state.method;
  $("strip").hidden = true;
  tell("");
  take(state);
  document.querySelector("#images [aria-current=true]")?.scrollIntoView({ block: "nearest" });
  canvas.focus();
}

function showState() {
  const { state } = images[current];
  $("state").textContent = `${say(state)} · ${(100 * view.image.hole_ratio).toFixed(2)} %`;
  listImages();
}

// --- tools

for (const name of Object.keys(TOOLS)) {
  const button = document.createElement("button");
  button.id = `tool-${name}`;
  button.dataset.word = name;
  button.onclick = () => choose(name);
  $("tools").append(button);
}

function choose(name) {
  tool = name;
  points = [];
  for (const button of $("tools").children) button.setAttribute("aria-pressed", button.id === `tool-${name}`);
  canvas.style.cursor = name === "hand" ? "grab" : name === "brush" ? "none" : "crosshair";
  tell(say(`${name}Tip`));
  view.draw();
}

const radius = () => Number($("radius").value);
// A point of the image under one of the canvas, to 1/64 px: a long stroke stays a small request.
const under = (x, y) => view.toImage(x, y).map((value) => Math.round(64 * value) / 64);
const place = (event) => {
  const bounds = canvas.getBoundingClientRect();
  return [event.clientX - bounds.left, event.clientY - bounds.top];
};

canvas.addEventListener("pointerdown", (event) => {
  if (current < 0) return;
  canvas.focus();
  canvas.setPointerCapture(event.pointerId);
  const [x, y] = place(event);
  if (tool === "hand" || space || event.button === 1) {
    drag = { x, y };
    return;
  }
  if (event.button !== 0) return;
  const at = under(x, y);
  const erase = $("erase").checked !== event.altKey;
  if (tool === "brush" || tool === "lasso") {
    points = [at];
  } else if (tool === "area") {
    if (event.detail < 2) points.push(at);
  } else if (tool === "flood") {
    step({ kind: "flood", x: Math.floor(at[0]), y: Math.floor(at[1]), tolerance: Number($("tolerance").value), erase });
  } else if (tool === "judge") {
    step({ kind: "judge", x: Math.floor(at[0]), y: Math.floor(at[1]), accept: !event.shiftKey });
  }
  view.draw();
});

canvas.addEventListener("pointermove", (event) => {
  if (current < 0) return;
  const [x, y] = place(event);
  hover = [x, y];
  if (drag) {
    view.pan(x - drag.x, y - drag.y);
    drag = { x, y };
  } else if (points.length && event.buttons & 1 && (tool === "brush" || tool === "lasso")) {
    for (const one of event.getCoalescedEvents?.() ?? [event]) {
      const at = under(...place(one));
      if (String(at) !== String(points.at(-1))) points.push(at);
    }
  }
  view.draw();
});

canvas.addEventListener("pointerup", (event) => {
  if (drag) {
    drag = null;
    return;
  }
  if (!points.length || tool === "area") return;
  const erase = $("erase").checked !== event.altKey;
  const drawn = points;
  points = [];
  if (tool === "brush") step({ kind: "brush", points: drawn, radius: radius(), erase });
  if (tool === "lasso" && drawn.length > 2) step({ kind: "area", points: drawn, erase });
});

canvas.addEventListener("pointercancel", () => {
  drag = null;
  if (tool !== "area") points = [];
  view.draw();
});
canvas.addEventListener("pointerleave", () => { hover = null; view.draw(); });
canvas.addEventListener("dblclick", () => closeArea());
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  view.zoom(2 ** (-event.deltaY / 300), ...place(event));
}, { passive: false });

function closeArea() {
  if (tool !== "area" || points.length < 3) return false;
  step({ kind: "area", points, erase: $("erase").checked });
  points = [];
  view.draw();
  return true;
}

view.sketch = (context) => {
  const erase = $("erase").checked;
  context.strokeStyle = context.fillStyle = erase ? "rgba(120, 220, 255, .6)" : "rgba(255, 70, 90, .6)";
  context.lineCap = context.lineJoin = "round";
  if (points.length) {
    context.beginPath();
    for (const point of points) context.lineTo(...view.toScreen(...point));
    if (tool === "brush") {
      context.lineWidth = 2 * radius() * view.scale;
      if (points.length === 1) context.lineTo(...view.toScreen(points[0][0] + 0.01, points[0][1]));
    } else {
      context.lineWidth = 1.5;
      if (tool === "area" && hover) context.lineTo(...hover);
    }
    context.stroke();
  }
  if (hover && tool === "brush" && !space) {
    context.beginPath();
    context.arc(...hover, Math.max(1, radius() * view.scale), 0, 2 * Math.PI);
    context.lineWidth = 1;
    context.strokeStyle = "#fff";
    context.stroke();
  }
};

// --- the panel

for (const id of ["radius", "tolerance"]) {
  $(id).oninput = () => { $(`${id}-value`).value = $(id).value; view.draw(); };
}
$("erase").onchange = () => view.draw();
$("undo").onclick = () => step({ kind: "undo" });
$("redo").onclick = () => step({ kind: "redo" });
$("grow").onclick = () => step({ kind: "grow", px: 1 });
$("shrink").onclick = () => step({ kind: "grow", px: -1 });
$("clear").onclick = () => step({ kind: "clear" });
$("propose").onclick = propose;
$("accept-all").onclick = () => judgeAll(true);
$("reject-all").onclick = () => judgeAll(false);
$("fill").onclick = () => fill();
$("compare").onclick = compare;
$("after").onchange = () => { view.showOverlay = $("after").checked; view.draw(); };
$("save").onclick = save;
$("list-toggle").onclick = () => {
  const hidden = document.querySelector("main").classList.toggle("no-list");
  $("list-toggle").setAttribute("aria-expanded", !hidden);
};
$("help-open").onclick = help;
$("language").onclick = () => { speak(otherLanguage()); tell(""); };
for (const id of ["follow", "method"]) $(id).onchange = follow;

function speak(language) {
  setLanguage(language);
  $("language").textContent = otherLanguage() === "zh" ? "中文" : "English";
  $("language").lang = otherLanguage();
  for (const [name, key] of Object.entries(TOOLS)) $(`tool-${name}`).title = `${say(`${name}Tip`)} (${key.toUpperCase()})`;
  if (current >= 0) showState();
}

// Keep the choice of a method with the image; saving writes it.
function follow() {
  const method = $("follow").checked ? $("method").value : null;
  if (current >= 0 && method !== view.image.method) step({ kind: "method", method });
}

async function propose() {
  const window = view.visible();
  if (!window) return;
  tell(say("searching"));
  const number = current;
  const damage = [...document.querySelectorAll("#damage input:checked")].map(({ value }) => value);
  const colours = $("colour-on").checked ? [$("colour").value] : [];
  const count = await step({ kind: "propose", window, damage, colours });
  if (count === undefined || number !== current) return;
  if (count) choose("judge");
  tell(count ? say("found", { count }) : say("nothing"));
}

const judgeAll = (accept) => step({ kind: "judge", window: [0, 0, view.image.width, view.image.height], accept });

// A fill of a part as the mask now stands: null where it has no hole, undefined where something else has come between.
async function fillWith(method, window) {
  const number = current;
  await steps;
  const { version } = view.image;
  const same = () => number === current && version === view.image.version;
  if (!same()) return undefined;
  const started = performance.now();
  const reply = await ask(`image/${number}/fill`, { window, method });
  const bitmap = reply.status === 204 ? null : await createImageBitmap(await reply.blob());
  if (!same()) return undefined;
  return bitmap && { bitmap, window, seconds: ((performance.now() - started) / 1000).toFixed(1), method };
}

function look(filled) {
  view.overlay = filled;
  view.showOverlay = $("after").checked = true;
  view.draw();
}

async function fill() {
  const window = view.visible();
  if (!window) return;
  tell(say("filling"));
  const filled = await fillWith($("method").value, window).catch(() => false);
  if (filled) look(filled);
  if (filled !== false) tell(filled ? say("filled", filled) : filled === null ? say("noHole") : "", filled === null);
}

async function compare() {
  const window = view.visible();
  if (!window) return;
  const mine = ++comparing;
  const strip = $("strip");
  strip.replaceChildren();
  strip.hidden = false;
  for (const { value: method } of $("method").options) {
    tell(`${say("filling")} ${method}`);
    const filled = await fillWith(method, window).catch(() => false);
    if (mine !== comparing) return;
    if (filled === null || filled === undefined) {
      tell(filled === null ? say("noHole") : "", filled === null);
      strip.hidden = true;
      return;
    }
    if (!filled) continue;
    const figure = document.createElement("figure");
    const button = document.createElement("button");
    const small = Object.assign(document.createElement("canvas"), { width: filled.bitmap.width, height: filled.bitmap.height });
    small.getContext("2d").drawImage(filled.bitmap, 0, 0);
    button.append(small);
    button.onclick = () => {
      $("method").value = method;
      follow();
      look(filled);
      tell(say("chosen", { method }));
    };
    figure.append(button, Object.assign(document.createElement("figcaption"), { textContent: `${method} · ${filled.seconds} s` }));
    strip.append(figure);
  }
  tell("");
}

async function save() {
  follow();
  const state = await send("save", {});
  if (state) tell(say("savedAs", { mask: state.record.mask, ratio: (100 * state.record.hole_ratio).toFixed(2) }));
}

function help() {
  $("keys").replaceChildren(...keyList().flatMap(([keys, what]) => [
    Object.assign(document.createElement("dt"), { textContent: keys }),
    Object.assign(document.createElement("dd"), { textContent: what }),
  ]));
  $("help").showModal();
}

// --- keys

const KEYS = {
  e: () => { $("erase").checked = !$("erase").checked; view.draw(); },
  "[": () => { $("radius").value = Math.max(1, Math.round(radius() / 1.25)); $("radius").oninput(); },
  "]": () => { $("radius").value = Math.max(radius() + 1, Math.round(radius() * 1.25)); $("radius").oninput(); },
  g: ({ shiftKey }) => $(shiftKey ? "shrink" : "grow").click(), d: propose, r: () => fill(), m: compare,
  x: () => { if (view.overlay) { $("after").checked = !$("after").checked; $("after").onchange(); } },
  Enter: () => { if (!closeArea() && view.image.proposed) judgeAll(true); },
  Escape: () => { points = []; $("strip").hidden = true; comparing++; view.draw(); },
  Backspace: () => { points.pop(); view.draw(); },
  PageUp: () => open(wanted - 1), PageDown: () => open(wanted + 1),
  "+": () => view.zoom(1.5), "=": () => view.zoom(1.5), "-": () => view.zoom(1 / 1.5), 0: () => view.fit(),
  1: () => view.zoom(1 / view.scale),
  ArrowLeft: () => view.pan(80, 0), ArrowRight: () => view.pan(-80, 0), ArrowUp: () => view.pan(0, 80), ArrowDown: () => view.pan(0, -80),
  "?": help,
};
const CONTROL = { z: ({ shiftKey }) => step({ kind: shiftKey ? "redo" : "undo" }), y: () => step({ kind: "redo" }), s: save };

document.addEventListener("keydown", (event) => {
  const paging = event.key.startsWith("Page");
  if ((current < 0 && !paging) || event.altKey || $("help").open) return;
  if (event.target.matches("input:not([type=checkbox]), select")) return;
  const control = event.ctrlKey || event.metaKey;
  if (!control && event.key === " ") {
    if (event.target.matches("button, input")) return; // presses it
    space = true;
    event.preventDefault();
    return;
  }
  if (event.key === "Enter" && event.target.matches("button, a")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key; // Caps Lock changes nothing
  const named = Object.keys(TOOLS).find((name) => TOOLS[name] === key);
  const act = control ? CONTROL[key] : named ? () => choose(named) : KEYS[key];
  if (!act) return;
  event.preventDefault();
  act(event);
});
document.addEventListener("keyup", (event) => { if (event.key === " ") space = false; });
window.addEventListener("beforeunload", (event) => {
  if (images.some(({ state }) => state === "changed")) event.preventDefault();
});

if (window.innerWidth <= 1000) $("list-toggle").click();
choose("brush");
load().catch(() => {}); // said by `ask`
