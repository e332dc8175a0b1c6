// The tools under the hand: brush, polygon, lasso, flood, review, and moving the image.
import { page, step, view } from "./page.js";
import { $, tell } from "./requests.js";
import { say } from "./words.js";

export const TOOLS = { brush: "b", area: "p", lasso: "l", flood: "c", judge: "j", hand: "h" };

const canvas = $("canvas");
let tool = "brush";
let points = []; // of the stroke, lasso or polygon under the hand, in image pixels
let hover = null;
let drag = null;
let space = false;

for (const name of Object.keys(TOOLS)) {
  const button = document.createElement("button");
  button.id = `tool-${name}`;
  button.dataset.word = name;
  button.onclick = () => choose(name);
  $("tools").append(button);
}

export function choose(name) {
  tool = name;
  points = [];
  for (const button of $("tools").children) button.setAttribute("aria-pressed", button.id === `tool-${name}`);
  canvas.style.cursor = name === "hand" ? "grab" : name === "brush" ? "none" : "crosshair";
  tell(say(`${name}Tip`));
  view.draw();
}

export const radius = () => Number($("radius").value);
// A point of the image under one of the canvas, to 1/64 px: a long stroke stays a small request.
const under = (x, y) => view.toImage(x, y).map((value) => Math.round(64 * value) / 64);
const place = (event) => {
  const bounds = canvas.getBoundingClientRect();
  return [event.clientX - bounds.left, event.clientY - bounds.top];
};

canvas.addEventListener("pointerdown", (event) => {
  if (page.current < 0) return;
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
  if (page.current < 0) return;
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

export function closeArea() {
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

// Leave the polygon, or take its last corner off; what is not sent is only on the screen.
export function discard(all = true) {
  points = all ? [] : points.slice(0, -1);
  view.draw();
}

export function holdSpace(held) {
  space = held;
}

page.opened.push(() => { points = []; });
