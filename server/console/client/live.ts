// Updates the changing parts of a page: requests them from the page once a second.
const places = new Map(
  Array.from(document.querySelectorAll<HTMLElement>("[data-live]"), (element) => [
    element.dataset["live"]!,
    { element, shown: "" },
  ]),
);
const address = new URL(location.href);
address.searchParams.set("format", "json");

async function refresh(): Promise<void> {
  if (!document.hidden) {
    const parts = await fetched();
    for (const [name, place] of places) {
      const part = parts?.[name];
      // A part that can no longer be fetched may be old.
      place.element.classList.toggle("stale", part === undefined);
      if (part === undefined || part === place.shown) continue;
      place.element.innerHTML = part;
      place.shown = part;
    }
  }
  setTimeout(refresh, 1000);
}

async function fetched(): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const answer = await fetch(address);
    return answer.ok ? (await answer.json()).parts : undefined;
  } catch {
    return undefined;
  }
}

if (places.size > 0) setTimeout(refresh, 1000);
