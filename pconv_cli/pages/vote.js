"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const find = (id) => document.getElementById(id);
  const { sheets: identity, count, digits } = find("vote").dataset;
  const total = Number(count);
  const written = (number) => String(number).padStart(Number(digits), "0");
  const place = "pconv-votes-" + identity;

  // Answers outlive a reload where the browser keeps them for this file.
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(place)) || {}; } catch { /* not kept */ }
  const answers = kept.answers || {};
  find("judge").value = kept.judge || "";
  const keep = () => {
    try { localStorage.setItem(place, JSON.stringify({ answers, judge: find("judge").value })); } catch { /* not kept */ }
  };

  let at = 1;
  const show = (number) => {
    at = Math.min(Math.max(number, 1), total);
    find("sheet").src = written(at) + ".png";
    find("sheet").alt = `Sheet ${written(at)}: A and B`;
    if (at < total) new Image().src = written(at + 1) + ".png";
    for (const button of document.querySelectorAll("[data-answer]")) {
      button.setAttribute("aria-pressed", answers[at] === button.dataset.answer);
    }
    document.querySelectorAll("[data-number]").forEach((button) => {
      const number = Number(button.dataset.number);
      button.textContent = written(number) + (answers[number] ? " " + answers[number] : "");
      button.classList.toggle("done", number in answers);
      if (number === at) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
    });
    const done = Object.keys(answers).length;
    find("count").textContent = `Sheet ${at} of ${total}, ${done} answered` + (done === total ? ": save your answers" : "");
  };

  const answer = (letter) => {
    answers[at] = letter;
    keep();
    show(at + 1);
  };

  const save = () => {
    const judge = find("judge").value.trim();
    const lines = ["# Sheets: " + identity];
    if (judge) lines.push("# Judge: " + judge.replace(/\s+/g, " "));
    for (let number = 1; number <= total; number++) lines.push((written(number) + " " + (answers[number] || "")).trim());
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/plain" }));
    const name = judge.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "");
    link.download = name ? `answers-${name}.txt` : "answers.txt";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  for (const button of document.querySelectorAll("[data-answer]")) {
    button.addEventListener("click", () => answer(button.dataset.answer));
  }
  for (const button of document.querySelectorAll("[data-number]")) {
    button.addEventListener("click", () => show(Number(button.dataset.number)));
  }
  find("save").addEventListener("click", save);
  find("judge").addEventListener("input", keep);
  find("full").addEventListener("change", () => find("frame").classList.toggle("full", find("full").checked));
  document.addEventListener("keydown", (event) => {
    if (event.target === find("judge") || event.ctrlKey || event.metaKey || event.altKey) return;
    const letter = { 1: "A", 2: "B", 0: "=" }[event.key];
    if (letter) answer(letter);
    else if (event.key === "ArrowLeft") show(at - 1);
    else if (event.key === "ArrowRight") show(at + 1);
    else return;
    event.preventDefault();
  });
  const first = Array.from({ length: total }, (_, n) => n + 1).find((number) => !(number in answers));
  show(first || 1);
});
