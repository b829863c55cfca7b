// The hub's own script. Everything here makes a working page pleasanter; nothing here is needed to read or save.
// Each part listens on the document, so that what htmx swaps in later is covered without being set up again; the few
// parts that must look at new elements are listed in `enhance` at the end.
(() => {
  "use strict";

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isTyping = (element) => element.matches?.("input, textarea, select, [contenteditable]");

  // --- Keyboard: "/" searches, "?" lists keys, "g" and a letter goes to a place of the rail.
  let waitsForPlace = 0;

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/") return focusSearch(event);
    if (event.key === "?") return openDialog("keys");
    if (Date.now() - waitsForPlace < 1200) document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
    waitsForPlace = event.key === "g" ? Date.now() : 0;
  }

  function focusSearch(event) {
    const box = all("[data-search-key], .main input[type=search]").find((each) => each.offsetParent);
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  }

  // --- Dialogs: native <dialog>, opened by data-dialog-open, shut by data-dialog-close or a click beside it.
  function openDialog(id) {
    const dialog = document.getElementById(id);
    if (dialog && !dialog.open) dialog.showModal();
    return Boolean(dialog);
  }

  function onDialogClick(event) {
    const opener = event.target.closest("[data-dialog-open]");
    if (opener && openDialog(opener.dataset.dialogOpen)) {
      opener.closest("details[data-menu]")?.removeAttribute("open");
      event.preventDefault();
    }
    if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close();
    if (event.target.matches("dialog[open]") && isBeside(event)) event.target.close();
  }

  function isBeside({ target, clientX, clientY }) {
    const box = target.getBoundingClientRect();
    return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
  }

  // --- Menus: one open at a time; Escape and a click outside shut it; arrows walk it.
  function onMenuToggle(event) {
    const menu = event.target;
    if (!menu.matches?.("details[data-menu]") || !menu.open) return;
    all("details[data-menu][open]").forEach((other) => other !== menu && !other.contains(menu) && (other.open = false));
    keepInView(menu);
    menu.querySelector("input[type=search]")?.focus();
  }

  function keepInView(menu) {
    const panel = menu.querySelector(":scope > .menu-panel");
    panel.style.insetInline = "";
    if (menu.matches(".switcher")) return;
    const box = panel.getBoundingClientRect();
    const over = box.right - innerWidth + 8;
    // The list of tokens is nearly as wide as its drawer: turned round it would begin outside of it.
    if (over > 0) panel.style.insetInline = menu.matches(".token-menu") ? `${-over}px auto` : "auto 0";
    else if (box.left < 8) panel.style.insetInline = "0 auto";
  }

  function onMenuKey(event) {
    const menu = event.target.closest?.("details[data-menu][open]");
    if (!menu) return;
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
      event.stopPropagation();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const items = all("summary, a, button, input", menu).filter((each) => each.offsetParent);
    const next = items.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    items.at(next % items.length)?.focus();
    event.preventDefault();
  }

  function closeMenusOutside(event) {
    all("details[data-menu][open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
  }

  // --- Filtering a short list in the browser (the account switcher).
  function onFilterInput(event) {
    if (!event.target.matches?.("[data-filter-input]")) return;
    const wanted = event.target.value.trim().toLocaleLowerCase();
    const list = event.target.closest(".menu-panel").querySelector("[data-filter-list]");
    all("li", list).forEach((item) => (item.hidden = !item.textContent.toLocaleLowerCase().includes(wanted)));
  }

  // --- Toasts: from the page, and from an htmx answer's HX-Trigger {"toast": {"text": …, "tone": …}}.
  const READING_TIME = 7000;

  function showToast({ text, tone = "info" }) {
    const area = document.querySelector("[data-toasts]");
    if (!area || !text) return;
    const toast = document.createElement("div");
    toast.className = `toast tone-${tone}`;
    toast.dataset.toast = "";
    const dot = Object.assign(document.createElement("span"), { className: "toast-dot" });
    const words = Object.assign(document.createElement("p"), { textContent: text });
    const close = Object.assign(document.createElement("button"), { type: "button", className: "button button-quiet button-small", textContent: "×" });
    close.dataset.toastClose = "";
    close.setAttribute("aria-label", area.dataset.closeLabel);
    toast.append(dot, words, close);
    area.append(toast);
    dismissLater(toast);
  }

  function dismissLater(toast) {
    if (toast.matches(".tone-danger, .tone-warning")) return; // trouble stays until it is closed
    setTimeout(() => (toast.matches(":hover, :focus-within") ? dismissLater(toast) : toast.remove()), READING_TIME);
  }

  // --- Forms: ask before typed changes are lost; send once.
  const initial = new WeakMap();
  const stateOf = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value.name ?? value]));
  const guarded = () => all("form[data-guard]");
  const isChanged = (form) => initial.has(form) && !form.dataset.sent && initial.get(form) !== stateOf(form);

  function onFormInput(event) {
    const form = event.target.form ?? event.target.closest?.("form");
    if (form?.matches("[data-guard]")) showUnsaved(form, isChanged(form));
    if (event.target.matches?.("[data-must-equal]")) matchWord(event.target);
  }

  function showUnsaved(form, changed) {
    all("[data-unsaved]", form).forEach((each) => (each.hidden = !changed));
    all("[data-saved]", form).forEach((each) => (each.hidden = changed));
  }

  function matchWord(input) {
    const fits = input.value === input.dataset.mustEqual;
    input.setCustomValidity(fits ? "" : input.labels[0]?.textContent.trim() || input.dataset.mustEqual);
  }

  function beforeLeaving(event) {
    if (guarded().some(isChanged)) event.preventDefault();
  }

  function onSubmit(event) {
    const form = event.target;
    if (form.dataset.busy) return event.preventDefault();
    if (!isPost(form) || (event.defaultPrevented && !isHtmx(form))) return;
    if (form.matches("[data-order-form], [data-download]") || event.submitter?.matches("[data-download]")) return; // sent again and again, or answered by a file
    form.dataset.busy = "1";
    if (!isHtmx(form)) form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  }

  // By attribute: a field named "method" or "id" would hide the property.
  const isPost = (form) => form.getAttribute("method")?.toLowerCase() === "post" || form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]");
  const isHtmx = (form) => form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete], [hx-get], [hx-boost]");

  function release(form) {
    delete form.dataset.busy;
    delete form.dataset.sent;
    const id = form.getAttribute("id");
    const buttons = [...all("[aria-busy=true]", form), ...(id ? all(`[form="${CSS.escape(id)}"][aria-busy=true]`) : [])];
    buttons.forEach((button) => button.removeAttribute("aria-busy"));
  }

  function onAnswer({ target, detail }) {
    const form = target.closest?.("form");
    if (!form) return;
    release(form);
    if (!detail.successful || !isPost(form) || !initial.has(form)) return;
    initial.set(form, stateOf(form)); // what is on the screen is what is saved
    showUnsaved(form, false);
  }

  function stopDisabled(event) {
    if (!event.target.closest?.("[data-disabled]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // --- Tables: mark a page, mark every match, tell how many.
  const rowBoxes = (root) => all("[data-select-row]", root);
  const barOf = (form) => document.querySelector(`[data-bulk-bar="${CSS.escape(form)}"]`);

  function onSelect(event) {
    const box = event.target;
    if (box.matches?.("[data-select-page]")) rowBoxes(box.closest("table")).forEach((row) => (row.checked = box.checked));
    if (!box.matches?.("[data-select-page], [data-select-row]")) return;
    all("[data-bulk-bar]").forEach((bar) => (setMatching(bar, 0), countSelected(bar)));
  }

  // Typing has searched already; searching again when the box is left would take away what was just marked.
  function keepMarks(event) {
    if (event.target.matches?.("[data-filter-bar] input[type=search]")) event.stopPropagation();
  }

  function countSelected(bar) {
    const table = document.querySelector("[data-select-table]");
    if (!table) return;
    const rows = rowBoxes(table);
    const marked = rows.filter((row) => row.checked).length;
    const head = table.querySelector("[data-select-page]");
    head.checked = marked > 0 && marked === rows.length;
    head.indeterminate = marked > 0 && marked < rows.length;
    bar.classList.toggle("is-on", marked > 0);
    bar.querySelector("[data-bulk-count]").textContent = marked.toLocaleString(document.documentElement.lang);
  }

  function setMatching(bar, total) {
    const field = bar.querySelector("[data-all-matching]");
    if (!field) return;
    field.value = total ? "1" : "";
    bar.querySelector("[data-select-matching]").hidden = Boolean(total);
    if (!total) return;
    const more = bar.querySelector("[data-select-matching]").matches("[data-capped]") ? "+" : "";
    bar.querySelector("[data-bulk-count]").textContent = Number(total).toLocaleString(document.documentElement.lang) + more;
  }

  function onBulkClick(event) {
    const bar = event.target.closest?.("[data-bulk-bar]");
    if (!bar) return;
    const every = event.target.closest("[data-select-matching]");
    if (every) {
      rowBoxes(document).forEach((row) => (row.checked = true));
      countSelected(bar);
      setMatching(bar, every.dataset.selectMatching);
    }
    if (event.target.closest("[data-select-clear]")) {
      rowBoxes(document).forEach((row) => (row.checked = false));
      setMatching(bar, 0);
      countSelected(bar);
    }
  }

  // --- Select with search: an ARIA combobox over the native <select>, which keeps the value and is what is sent.
  function makeSearchable(select) {
    if (select.dataset.enhanced || select.multiple) return;
    select.dataset.enhanced = "1";
    const input = document.createElement("input");
    const list = document.createElement("div");
    const box = document.createElement("div");
    box.className = "combo";
    Object.assign(input, { type: "text", className: "input", id: select.id, autocomplete: "off", disabled: select.disabled });
    select.id = `${input.id}-native`;
    Object.assign(list, { className: "combo-list", id: `${input.id}-list`, hidden: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", document.querySelector(`label[for="${CSS.escape(input.id)}"]`)?.textContent.trim() ?? select.name);
    const roles = { role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" };
    Object.entries(roles).forEach(([name, value]) => input.setAttribute(name, value));
    for (const name of ["aria-describedby", "aria-invalid"]) if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    select.before(box);
    box.append(input, list, select);
    select.hidden = true;
    select.required = false; // a hidden control cannot show its message; the server asks, and the input does
    wireCombo(select, input, list);
  }

  function wireCombo(select, input, list) {
    let active = -1;
    const label = () => (select.value === "" ? "" : (select.selectedOptions[0]?.textContent ?? "")).trim();
    const options = () => all("[role=option]", list);
    const shut = () => ((list.hidden = true), input.setAttribute("aria-expanded", "false"), input.removeAttribute("aria-activedescendant"), (input.value = label()));
    const placeholder = [...select.options].find((option) => option.value === "")?.textContent.trim();
    if (placeholder) input.placeholder = placeholder;

    function draw(text) {
      const wanted = text.trim().toLocaleLowerCase();
      const fitting = [...select.options].filter((option) => option.textContent.toLocaleLowerCase().includes(wanted));
      list.replaceChildren(...fitting.map((option, index) => drawOption(option, index)));
      if (!fitting.length) list.append(Object.assign(document.createElement("div"), { className: "combo-none", textContent: "—" }));
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      walk(Math.max(0, fitting.findIndex((option) => option.selected)));
    }

    function drawOption(option, index) {
      const item = Object.assign(document.createElement("div"), { id: `${list.id}-${index}`, textContent: option.textContent });
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(option.selected));
      item.dataset.value = option.value;
      return item;
    }

    function walk(index) {
      const items = options();
      if (!items.length) return;
      active = (index + items.length) % items.length;
      items.forEach((item, place) => item.classList.toggle("is-active", place === active));
      items[active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", items[active].id);
    }

    function choose(item) {
      select.value = item.dataset.value;
      shut();
      select.dispatchEvent(new Event("input", { bubbles: true }));
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }

    input.value = label();
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => list.hidden && draw(""));
    input.addEventListener("input", () => draw(input.value));
    input.addEventListener("blur", shut);
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => event.target.matches("[role=option]") && choose(event.target));
    input.addEventListener("keydown", (event) => {
      const open = !list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        return open ? walk(active + (event.key === "ArrowDown" ? 1 : -1)) : draw("");
      }
      if (event.key === "Enter" && open) return event.preventDefault(), options()[active] && choose(options()[active]);
      if (event.key === "Escape" && open) return event.stopPropagation(), event.preventDefault(), shut();
    });
  }

  // --- Small helpers: copy, tokens, files.
  function onCopy(event) {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const holder = button.closest("figure, dd, .copy-group") ?? document;
    navigator.clipboard?.writeText(button.dataset.copy || holder.querySelector("[data-copy-source]").textContent);
    button.classList.add("is-copied");
    const label = button.querySelector(".button-label");
    if (label) label.textContent = "✓ " + label.textContent.replace("✓ ", "");
    setTimeout(() => label && (label.textContent = label.textContent.replace("✓ ", "")), 1500);
  }

  function onToken(event) {
    const button = event.target.closest?.("[data-token]");
    if (!button) return;
    const box = button.closest("[data-token-field]").querySelector("textarea, input");
    box.setRangeText(button.dataset.token, box.selectionStart, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
    button.closest("details").open = false;
    box.focus();
  }

  function onFileDrag(event) {
    const area = event.target.closest?.("[data-file-drop]");
    if (!area) return;
    area.classList.toggle("is-over", event.type === "dragover");
    if (event.type === "dragleave") return;
    event.preventDefault();
    if (event.type === "drop") {
      const input = area.querySelector("input[type=file]");
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  // --- Theme: kept in a cookie, so that the server draws the next page in it at once.
  function onTheme(event) {
    const button = event.target.closest?.("[data-theme-choice]");
    if (!button) return;
    const choice = button.dataset.themeChoice;
    document.cookie = `hub_theme=${choice}; path=/; max-age=${choice ? 31536000 : 0}; SameSite=Lax`;
    if (choice) document.documentElement.dataset.theme = choice;
    else delete document.documentElement.dataset.theme;
    markTheme();
  }

  function markTheme() {
    const now = document.documentElement.dataset.theme ?? "";
    all("[data-theme-choice]").forEach((each) => each.setAttribute("aria-pressed", String(each.dataset.themeChoice === now)));
  }

  // --- Reorder: drag by the handle, or the arrow keys on it; the order is posted by the list's form.
  let dragged = null;
  let orderTimer = 0;
  const listOf = (item) => item.closest("[data-reorder]");

  function onHandleDown(event) {
    const handle = event.target.closest?.("[data-handle]");
    if (!handle) return;
    dragged = handle.closest("[data-id]");
    handle.setPointerCapture(event.pointerId);
    dragged.classList.add("is-dragging");
  }

  function onHandleMove(event) {
    if (!dragged) return;
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-id]");
    if (!over || over === dragged || listOf(over) !== listOf(dragged)) return;
    const box = over.getBoundingClientRect();
    over[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
    dragged.dataset.moved = "1";
  }

  function onHandleUp() {
    if (!dragged) return;
    dragged.classList.remove("is-dragging");
    if (dragged.dataset.moved) sendOrder(listOf(dragged));
    delete dragged.dataset.moved;
    dragged = null;
  }

  function onHandleKey(event) {
    const handle = event.target.closest?.("[data-handle]");
    if (!handle || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    const item = handle.closest("[data-id]");
    const other = event.key === "ArrowUp" ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    other[event.key === "ArrowUp" ? "before" : "after"](item);
    handle.focus();
    say(`${listOf(item).dataset.movedText} ${[...listOf(item).children].indexOf(item) + 1}`);
    clearTimeout(orderTimer);
    orderTimer = setTimeout(() => sendOrder(listOf(item)), 600); // one post for a row of key presses
  }

  function sendOrder(list) {
    const form = document.getElementById(list.dataset.reorder);
    all("[name=order]", form).forEach((each) => each.remove());
    for (const item of list.children) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "order", value: item.dataset.id }));
    }
    form.requestSubmit();
  }

  function say(text) {
    let voice = document.getElementById("hub-voice");
    if (!voice) {
      voice = Object.assign(document.createElement("div"), { id: "hub-voice", className: "visually-hidden" });
      voice.setAttribute("role", "status");
      document.body.append(voice);
    }
    voice.textContent = text;
  }

  // --- Tabs: on a narrow window the row of them scrolls; the one that is open is in sight.
  function showTab(tab) {
    const row = tab.closest(".tabs");
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }

  // --- What must look at elements when they appear.
  function enhance(root) {
    all("select[data-search-select]", root).forEach(makeSearchable);
    all("[data-toast]", root).forEach(dismissLater);
    all("[data-bulk-bar]", root).forEach(countSelected);
    all(".tab[aria-current]", root).forEach(showTab);
    if (root.matches?.("form[data-guard]")) initial.set(root, stateOf(root));
    all("form[data-guard]", root).forEach((form) => initial.has(form) || initial.set(form, stateOf(form)));
    root.querySelector("[data-focus-first]")?.focus();
  }

  document.addEventListener("keydown", onMenuKey);
  document.addEventListener("keydown", onHandleKey);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", stopDisabled, true);
  document.addEventListener("click", closeMenusOutside);
  for (const listener of [onDialogClick, onBulkClick, onCopy, onToken, onTheme]) document.addEventListener("click", listener);
  document.addEventListener("click", (event) => event.target.closest?.("[data-toast-close]")?.closest("[data-toast]").remove());
  document.addEventListener("click", (event) => event.target.closest?.("[data-print]") && print());
  document.addEventListener("toggle", onMenuToggle, true);
  document.addEventListener("input", onFilterInput);
  document.addEventListener("input", onFormInput);
  document.addEventListener("change", onFormInput);
  document.addEventListener("change", onSelect);
  document.addEventListener("change", keepMarks, true);
  document.addEventListener("submit", onSubmit);
  for (const kind of ["dragover", "dragleave", "drop"]) document.addEventListener(kind, onFileDrag);
  document.addEventListener("pointerdown", onHandleDown);
  document.addEventListener("pointermove", onHandleMove);
  document.addEventListener("pointerup", onHandleUp);
  document.addEventListener("pointercancel", onHandleUp);
  document.addEventListener("toast", (event) => showToast(event.detail));
  document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));
  document.addEventListener("htmx:afterRequest", onAnswer);
  addEventListener("beforeunload", beforeLeaving);
  addEventListener("pageshow", (event) => event.persisted && all("form").forEach(release));
  enhance(document);
  markTheme();
})();
