
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const stageOf = (one) => one.closest("figure, .slider").querySelector(".stage");

  // The divider follows its range input, and says where it stands.
  const move = (input) => {
    const stage = input.closest(".stage");
    stage.style.setProperty("--at", input.value + "%");
    const [left, right] = ["left", "right"].map((side) => stage.querySelector(".side." + side));
    input.setAttribute("aria-valuetext", `${input.value} % ${left.textContent}, the rest ${right.textContent}`);
    left.classList.toggle("gone", input.value < 12);
    right.classList.toggle("gone", input.value > 88);
  };
  for (const input of document.querySelectorAll(".stage input")) {
    input.addEventListener("input", () => move(input));
    move(input); // a reloaded page may keep the values of its inputs
  }

  // Which two of many views are compared.
  const choose = (select) => {
    const choices = select.closest(".choices");
    const stage = stageOf(select);
    const [left, right] = ["left", "right"].map((side) => choices.querySelector(`[data-for=${side}]`));
    const views = stage.querySelectorAll("img[data-side]");
    views.forEach((view, index) => {
      view.dataset.side = index == left.value ? "left" : index == right.value ? "right" : "";
    });
    stage.querySelector(".side.left").textContent = left.selectedOptions[0].textContent;
    stage.querySelector(".side.right").textContent = right.selectedOptions[0].textContent;
    move(stage.querySelector("input"));
  };
  for (const select of document.querySelectorAll(".choices select")) {
    select.addEventListener("change", () => choose(select));
    choose(select);
  }

  // Images that nobody has scrolled to are printed too.
  window.addEventListener("beforeprint", () => {
    for (const view of document.querySelectorAll("img[loading]")) view.loading = "eager";
  });

  // Where outlines are drawn: the style sheet looks at the attribute.
  const outlines = document.querySelector("#outlines");
  if (outlines) {
    const draw = () => { document.body.dataset.outlines = outlines.value; };
    outlines.addEventListener("change", draw);
    draw();
  }
});
