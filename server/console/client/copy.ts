// A button beside each block of text that is there to be copied.
for (const block of document.querySelectorAll<HTMLElement>("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain copy";
  button.textContent = "Copy";
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(block.textContent);
      status.textContent = " Copied.";
    } catch {
      getSelection()?.selectAllChildren(block);
      status.textContent = " Selected: copy it with the keyboard.";
    }
  });
  block.after(button, status);
}
