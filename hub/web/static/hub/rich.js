// Texts with formatting: Trix in the place of each box that asks for it. The box stays in the form and is what is posted.
// Files are not dropped into the text: they go with the mail, or as links, and are chosen in a field of their own.
(() => {
  "use strict";

  const WORDS = { bold: "bold", italic: "italic", strike: "strike", link: "link", heading1: "heading1", quote: "quote",
    code: "code", bullets: "bullets", numbers: "numbers", outdent: "outdent", indent: "indent", undo: "undo", redo: "redo",
    url: "url", urlPlaceholder: "urlPlaceholder", unlink: "unlink" };

  function translate(field) {
    for (const [word, name] of Object.entries(WORDS)) {
      const said = field.dataset["rich" + name[0].toUpperCase() + name.slice(1)];
      if (said) Trix.config.lang[word] = said;
    }
  }

  function make(box) {
    const field = box.closest(".rich-field");
    if (!field || field.querySelector("trix-editor")) return;
    translate(field);
    const editor = document.createElement("trix-editor");
    editor.setAttribute("input", box.id);
    editor.className = "rich-text";
    const label = document.querySelector(`label[for="${box.id}"]`);
    editor.setAttribute("aria-label", label ? label.firstChild.textContent.trim() : "");
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (box.hasAttribute(name)) editor.setAttribute(name, box.getAttribute(name));
    }
    if (label) label.addEventListener("click", () => editor.focus());
    box.hidden = true;
    box.after(editor);
  }

  // The page asks whether something was changed by what the form holds; an editor only loaded has changed nothing.
  document.addEventListener("trix-change", (event) => {
    const box = document.getElementById(event.target.getAttribute("input"));
    box?.dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.addEventListener("trix-file-accept", (event) => event.preventDefault());
  document.addEventListener("trix-initialize", (event) => {
    const bar = event.target.toolbarElement;
    bar.querySelector("[data-trix-button-group=file-tools]")?.remove();
  });

  // Before the page's own listener, which puts a token into a plain box.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".rich-field [data-token]");
    const editor = button?.closest(".rich-field").querySelector("trix-editor");
    if (!editor) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    editor.editor.insertString(button.dataset.token);
    button.closest("details").open = false;
    editor.focus();
  }, true);

  document.querySelectorAll("textarea[data-rich]").forEach(make);
})();
