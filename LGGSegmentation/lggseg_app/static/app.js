// What the page does by itself: files up to the session, the table sorted and copied.
window.lggsegSend = async (input) => {
  const files = [...input.files];
  input.value = "";  // so that the same file can be chosen again
  await send(files);
};

const send = async (files) => {
  if (!files.length) return;
  const form = new FormData();
  for (const file of files) form.append("file", file, file.relativePath || file.webkitRelativePath || file.name);
  tell({ message: "Sending…", error: "" });
  try {
    const answer = await fetch("study", { method: "POST", body: form });
    const told = await answer.json();
    if (!answer.ok) tell({ message: "", error: told.message });
  } catch {
    tell({ message: "", error: LOST });
  }
};

const LOST = "The session did not answer; load the page again.";

const tell = (values) => window.trame.state.update(values);

const filesBelow = async (entry, path = "") => {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    file.relativePath = path + entry.name;
    return [file];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) return found;
    for (const inner of part) found.push(...(await filesBelow(inner, `${path}${entry.name}/`)));
  }
};

const drop = async (event) => {
  event.preventDefault();
  document.body.classList.remove("lggseg-dragged");
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  const files = [];
  for (const entry of entries) files.push(...(await filesBelow(entry)));
  await send(files);
};

// Anywhere on the page: a browser would leave the page and show a file that fell beside the box.
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("lggseg-dragged");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("lggseg-dragged");
});
document.addEventListener("drop", drop);

window.lggsegSorted = (rows, key, way) => {
  if (!key) return rows;
  const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b)) * way;
  return [...rows].sort((a, b) => {
    if (a[key] === null || b[key] === null) return (a[key] === null) - (b[key] === null);  // what is not there comes last
    return compare(a[key], b[key]);
  });
};

// Without https there is no clipboard but for this computer itself; the older way works everywhere.
window.lggsegCopy = async (text) => {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  const box = document.createElement("textarea");
  box.value = text;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  return done;
};

// A link saves its file, or the page says why it cannot be made.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[download]");
  if (!link || link.href.startsWith("blob:")) return;
  event.preventDefault();
  tell({ message: `Making ${link.download}…`, error: "" });
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) return tell({ message: "", error: await answer.text() });
    const saved = document.createElement("a");
    saved.href = URL.createObjectURL(await answer.blob());
    saved.download = link.download;
    saved.click();
    setTimeout(() => URL.revokeObjectURL(saved.href), 60_000);
    tell({ message: "" });
  } catch {
    tell({ message: "", error: LOST });
  }
});
