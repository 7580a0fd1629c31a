// When a form with a field for the security key's answer is submitted, has the browser ask for a touch of the key, then
// submits the form with the answer. The field's data-webauthn is the call to make, data-options its arguments.
"use strict";

const CALLS = {
  registration: SimpleWebAuthnBrowser.startRegistration,
  authentication: SimpleWebAuthnBrowser.startAuthentication,
};

for (const field of document.querySelectorAll("input[data-webauthn]")) {
  const form = field.form;
  const status = form.querySelector("[role=status]");
  status.textContent = "";
  form.addEventListener("submit", async (event) => {
    if (field.value !== "") return;
    event.preventDefault();
    status.textContent = "Touch your security key now.";
    try {
      const answer = await CALLS[field.dataset.webauthn]({ optionsJSON: JSON.parse(field.dataset.options) });
      field.value = JSON.stringify(answer);
    } catch (error) {
      status.textContent =
        error.name === "InvalidStateError"
          ? "This security key is registered for this user already."
          : "The security key was not touched, or is not the one that is asked for. Try again.";
      return;
    }
    form.requestSubmit();
  });
}
