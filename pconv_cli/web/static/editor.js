// The mask page: its panel and its keys. The server holds the mask; the page shows it.
import { changeMethod, compare, endComparison, fill, follow, offer, variants } from "./fills.js";
import { listImages, open, page, send, showState, step, view } from "./page.js";
import { $, ask, tell } from "./requests.js";
import { TOOLS, choose, closeArea, discard, holdSpace, radius } from "./tools.js";
import { currentLanguage, keyList, otherLanguage, say, setLanguage } from "./words.js";

async function load() {
  speak(currentLanguage());
  const { images, methods, varied, damage } = await (await ask("images")).json();
  page.images = images;
  offer(methods, varied);
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
$("variants").onclick = variants;
$("follow").onchange = follow;
$("method").onchange = changeMethod;

function speak(language) {
  setLanguage(language);
  $("language").textContent = otherLanguage() === "zh" ? "中文" : "English";
  $("language").lang = otherLanguage();
  for (const [name, key] of Object.entries(TOOLS)) $(`tool-${name}`).title = `${say(`${name}Tip`)} (${key.toUpperCase()})`;
  if (page.current >= 0) showState();
}

async function propose() {
  const window = view.visible();
  if (!window) return;
  tell(say("searching"));
  const number = page.current;
  const damage = [...document.querySelectorAll("#damage input:checked")].map(({ value }) => value);
  const colours = $("colour-on").checked ? [$("colour").value] : [];
  const count = await step({ kind: "propose", window, damage, colours });
  if (count === undefined || number !== page.current) return;
  if (count) choose("judge");
  tell(count ? say("found", { count }) : say("nothing"));
}

const judgeAll = (accept) => step({ kind: "judge", window: [0, 0, view.image.width, view.image.height], accept });

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
  g: ({ shiftKey }) => $(shiftKey ? "shrink" : "grow").click(), d: propose, r: () => fill(), m: compare, v: variants,
  x: () => { if (view.overlay) { $("after").checked = !$("after").checked; $("after").onchange(); } },
  Enter: () => { if (!closeArea() && view.image.proposed) judgeAll(true); },
  Escape: () => { discard(); endComparison(); },
  Backspace: () => discard(false),
  PageUp: () => open(page.wanted - 1), PageDown: () => open(page.wanted + 1),
  "+": () => view.zoom(1.5), "=": () => view.zoom(1.5), "-": () => view.zoom(1 / 1.5), 0: () => view.fit(),
  1: () => view.zoom(1 / view.scale),
  ArrowLeft: () => view.pan(80, 0), ArrowRight: () => view.pan(-80, 0), ArrowUp: () => view.pan(0, 80), ArrowDown: () => view.pan(0, -80),
  "?": help,
};
const CONTROL = { z: ({ shiftKey }) => step({ kind: shiftKey ? "redo" : "undo" }), y: () => step({ kind: "redo" }), s: save };

document.addEventListener("keydown", (event) => {
  const paging = event.key.startsWith("Page");
  if ((page.current < 0 && !paging) || event.altKey || $("help").open) return;
  if (event.target.matches("input:not([type=checkbox]), select")) return;
  const control = event.ctrlKey || event.metaKey;
  if (!control && event.key === " ") {
    if (event.target.matches("button, input")) return; // presses it
    holdSpace(true);
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
document.addEventListener("keyup", (event) => { if (event.key === " ") holdSpace(false); });
window.addEventListener("beforeunload", (event) => {
  if (page.images.some(({ state }) => state === "changed")) event.preventDefault();
});

if (window.innerWidth <= 1000) $("list-toggle").click();
choose("brush");
load().catch(() => {}); // said by `ask`
