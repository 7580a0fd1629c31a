// Puts a code that the emulator knows into its field: a button says which by data-fill, the text of the fields by their ids.
document.documentElement.classList.add("scripted");
document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-fill]");
  if (!button) return;
  const codes = JSON.parse(button.dataset["fill"]!) as Readonly<Record<string, string>>;
  for (const [id, code] of Object.entries(codes)) {
    const field = document.getElementById(id) as HTMLInputElement;
    field.value = code;
    field.focus();
  }
});
