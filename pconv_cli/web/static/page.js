// The images and their masks: which one is shown, and what the server says of it.
import { $, ask, queued, tell } from "./requests.js";
import { View } from "./view.js";
import { say } from "./words.js";

export const view = new View(
  $("canvas"), (waiting) => { $("waiting").hidden = !waiting; }, (trouble) => tell(trouble ?? say("lost"), true),
);
export const page = {
  images: [],
  current: -1, // the image that is shown
  wanted: -1, // the one that was asked for last
  opened: [], // called with the state of each image that is opened
};

export function send(what, body) {
  const number = page.current;
  return queued(async () => {
    const state = await (await ask(`image/${number}/${what}`, body)).json();
    page.images[number].state = state.state;
    if (number === page.current) take(state);
    else listImages();
    return state;
  });
}

export const step = async (body) => (await send("step", body))?.answer;

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

export function listImages() {
  $("images").replaceChildren(...page.images.map(({ name, state }, number) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const dot = document.createElement("span");
    dot.className = "dot";
    button.append(dot, name);
    button.title = say(state);
    item.className = state;
    button.setAttribute("aria-current", number === page.current);
    button.onclick = () => open(number);
    item.append(button);
    return item;
  }));
}

export async function open(number) {
  if (number < 0 || number >= page.images.length) return;
  page.wanted = number;
  const state = await queued(async () => (await ask(`image/${number}`)).json());
  if (!state || number !== page.wanted) return;
  page.current = number;
  view.open({ number, ...state });
  $("name").textContent = state.name;
  for (const one of page.opened) one(state);
  tell("");
  take(state);
  document.querySelector("#images [aria-current=true]")?.scrollIntoView({ block: "nearest" });
  $("canvas").focus();
}

export function showState() {
  const { state } = page.images[page.current];
  $("state").textContent = `${say(state)} · ${(100 * view.image.hole_ratio).toFixed(2)} %`;
  listImages();
}

