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
  const answer = await fetch("study", { method: "POST", body: form });
  const told = await answer.json().catch(() => ({ message: "The session did not answer; load the page again." }));
  if (!answer.ok) window.trame.state.set("error", told.message);
};

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

window.lggsegDrop = async (event) => {
  event.preventDefault();
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  const files = [];
  for (const entry of entries) files.push(...(await filesBelow(entry)));
  await send(files);
};

window.lggsegSort = (rows, key) => {
  const before = window.lggsegSorted;
  const way = before && before.key === key ? -before.way : 1;
  window.lggsegSorted = { key, way };
  return [...rows].sort((a, b) => {
    if (a[key] === null || b[key] === null) return a[key] === b[key] ? 0 : a[key] === null ? 1 : -1;
    return (a[key] > b[key] ? 1 : a[key] < b[key] ? -1 : 0) * way;
  });
};

window.lggsegCopy = (rows) =>
  navigator.clipboard.writeText(rows.map((row) => [row.label, row.value, row.unit].join("\t")).join("\n"));
