// What is on the screen restored: by one method, by all of them, or in several variants, and the choice that is kept.
import { page, step, view } from "./page.js";
import { $, ask, settled, tell } from "./requests.js";
import { say } from "./words.js";

const VARIANTS = [0, 1, 2, 3]; // seeds; 0 is what a method gives where none is named

let comparing = 0; // counts comparisons, so that a newer one ends an older one
let seed = 0; // of the variant that is chosen
const varied = new Set(); // methods that have variants

// Say which methods there are, and which of them have variants.
export function offer(methods, those) {
  for (const method of methods) $("method").append(new Option(method, method));
  for (const method of those) varied.add(method);
  showVariants();
}

page.opened.push((state) => {
  endComparison();
  $("follow").checked = state.method !== null;
  if (state.method) $("method").value = state.method;
  seed = state.method ? state.seed : 0;
  showVariants();
});

function showVariants() {
  $("variants").disabled = !varied.has($("method").value);
}

export function endComparison() {
  comparing++;
  $("strip").hidden = true;
}

// Another method begins at its first variant.
export function changeMethod() {
  seed = 0;
  showVariants();
  follow();
}

// Keep the choice with the image; saving writes it.
export function follow() {
  const method = $("follow").checked ? $("method").value : null;
  const { method: kept, seed: keptSeed } = view.image ?? {};
  if (page.current >= 0 && (method !== kept || (method && seed !== keptSeed))) step({ kind: "method", method, seed });
}

// A fill of a part as the mask now stands: null where it has no hole, undefined where something else has come between.
async function fillWith(method, window, variant) {
  const number = page.current;
  await settled();
  const { version } = view.image;
  const same = () => number === page.current && version === view.image.version;
  if (!same()) return undefined;
  const started = performance.now();
  const reply = await ask(`image/${number}/fill`, { window, method, seed: variant });
  const bitmap = reply.status === 204 ? null : await createImageBitmap(await reply.blob());
  if (!same()) return undefined;
  return bitmap && { bitmap, window, seconds: ((performance.now() - started) / 1000).toFixed(1), method };
}

function look(filled) {
  view.overlay = filled;
  view.showOverlay = $("after").checked = true;
  view.draw();
}

export async function fill() {
  const window = view.visible();
  if (!window) return;
  tell(say("filling"));
  const filled = await fillWith($("method").value, window, seed).catch(() => false);
  if (filled) look(filled);
  if (filled !== false) tell(filled ? say("filled", filled) : filled === null ? say("noHole") : "", filled === null);
}

// Every method side by side.
export const compare = () => show([...$("method").options].map(({ value: method }) => ({ method, variant: 0, name: method })));

// One method with several seeds.
export function variants() {
  const method = $("method").value;
  if (varied.has(method)) show(VARIANTS.map((variant) => ({ method, variant, name: `${method} ${variant + 1}` })));
}

async function show(candidates) {
  const window = view.visible();
  if (!window) return;
  const mine = ++comparing;
  const strip = $("strip");
  strip.replaceChildren();
  strip.hidden = false;
  for (const { method, variant, name } of candidates) {
    tell(`${say("filling")} ${name}`);
    const filled = await fillWith(method, window, variant).catch(() => false);
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
      seed = variant;
      showVariants();
      follow();
      look(filled);
      tell(say("chosen", { method: name }));
    };
    figure.append(button, Object.assign(document.createElement("figcaption"), { textContent: `${name} · ${filled.seconds} s` }));
    strip.append(figure);
  }
  tell("");
}
