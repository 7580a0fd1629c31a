// Completes actions from AWS's service reference, a service at a time, and offers the condition keys that matter to what is asked.
const form = document.querySelector<HTMLFormElement>("form[data-simulator]");
if (form) help(form);

function help(asking: HTMLFormElement): void {
  const action = asking.querySelector<HTMLInputElement>("input[name=action]")!;
  const list = document.getElementById(action.getAttribute("list")!)!;
  const places = asking.querySelector<HTMLElement>("[data-keys]")!;
  const services = Array.from(list.querySelectorAll("option"), (option) => option.value);
  let shown = "";

  const complete = async () => {
    const [service = "", rest] = action.value.split(":", 2);
    if (rest === undefined || service === shown) return;
    shown = service;
    const { actions } = await (await fetch(`?${new URLSearchParams({ complete: service.toLowerCase() })}`)).json();
    list.replaceChildren(...[...(actions as string[]), ...(actions.length === 0 ? services : [])].map(optionOf));
  };
  const offer = async () => {
    const asked = new URLSearchParams(new FormData(asking) as unknown as Record<string, string>);
    const answer = await fetch(`?${asked}`);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const offered = page.querySelector("[data-keys]");
    // Not under the hands of somebody who fills one in.
    if (offered && !places.contains(document.activeElement)) places.replaceChildren(...offered.childNodes);
  };

  // What the completion cannot do must not get in the way of the form, which works without it.
  action.addEventListener("input", () => void complete().catch(() => {}));
  for (const field of asking.querySelectorAll("[name=principal], [name=action], [name=policy]")) {
    field.addEventListener("change", () => void offer().catch(() => {}));
  }
}

function optionOf(value: string): HTMLOptionElement {
  const option = document.createElement("option");
  option.value = value;
  return option;
}
