// Has the browser ask for a touch of the security key when a form with a field for its answer is sent, and sends the form with
// the answer. The fields say what is asked for: data-webauthn is the call, data-options what it takes.
import { startAuthentication, startRegistration } from "@simplewebauthn/browser";

const CALLS: Readonly<Record<string, (options: never) => Promise<unknown>>> = {
  registration: (optionsJSON) => startRegistration({ optionsJSON }),
  authentication: (optionsJSON) => startAuthentication({ optionsJSON }),
};

for (const field of document.querySelectorAll<HTMLInputElement>("input[data-webauthn]")) {
  const form = field.form!;
  const status = form.querySelector("[role=status]")!;
  status.textContent = "";
  form.addEventListener("submit", async (event) => {
    if (field.value !== "") return;
    event.preventDefault();
    status.textContent = "Touch your security key now.";
    try {
      const { webauthn = "", options = "" } = field.dataset;
      field.value = JSON.stringify(await CALLS[webauthn]!(JSON.parse(options) as never));
    } catch (error) {
      status.textContent =
        (error as Error).name === "InvalidStateError"
          ? "This security key is registered for this user already."
          : "The security key was not touched, or is not the one that is asked for. Try again.";
      return;
    }
    form.requestSubmit();
  });
}
