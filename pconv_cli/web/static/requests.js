// Talking with the server, and what is said about it below the image.
import { say } from "./words.js";

export const $ = (id) => document.getElementById(id);

let steps = Promise.resolve(); // requests that change something, one after the other: what is saved is what was drawn before

export async function ask(address, body) {
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

export function tell(words, bad = false) {
  $("message").textContent = words;
  $("message").classList.toggle("bad", bad);
}

export function queued(work) {
  steps = steps.then(work).catch(() => undefined); // what went wrong is said by `ask`
  return steps;
}

// When all that was asked for until now is answered.
export const settled = () => steps;
