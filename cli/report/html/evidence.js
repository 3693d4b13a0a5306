"use strict";
const dialog = document.getElementById("evidence");
document.querySelectorAll("button.cell").forEach((cell) => cell.addEventListener("click", () => {
  dialog.querySelector("h3").textContent = cell.getAttribute("aria-label");
  const body = dialog.querySelector("tbody");
  body.replaceChildren(...JSON.parse(cell.dataset.evidence).map((attempt) => {
    const row = document.createElement("tr");
    attempt.forEach((text, column) => {
      const field = document.createElement("td");
      const holder = column === 3 ? field.appendChild(document.createElement("code")) : field;
      holder.textContent = text;
      row.append(field);
    });
    return row;
  }));
  dialog.showModal();
}));
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
