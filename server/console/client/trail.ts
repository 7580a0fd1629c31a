// Puts requests into the trail's table as they come. Without script the page is as old as its last reload.
import { ageText } from "../age-text.ts";

const trail = document.querySelector<HTMLElement>("[data-trail]");
if (trail) listen(trail);

function listen(place: HTMLElement): void {
  const status = place.querySelector<HTMLElement>("[role=status]")!;
  const most = Number(place.dataset["most"]);
  const pause = document.createElement("button");
  pause.type = "button";
  pause.className = "plain";
  let held: string[] | undefined;
  const source = new EventSource(place.dataset["trail"]!);
  status.after(pause);

  const say = (text: string, isLive: boolean) => {
    status.textContent = text;
    pause.hidden = !isLive;
    place.classList.toggle("stale", !isLive);
  };
  const sayLive = () => {
    pause.textContent = held ? "Resume" : "Pause";
    say(held ? `Paused, ${held.length} new` : "Live", true);
  };
  const show = (row: string) => {
    const body = place.querySelector("tbody");
    // The first of all: the page has no table yet.
    if (!body) return location.reload();
    body.insertAdjacentHTML("afterbegin", row);
    body.rows[0]!.classList.add("new");
    while (body.rows.length > most) body.deleteRow(-1);
  };

  pause.addEventListener("click", () => {
    const rows = held ?? [];
    held = held ? undefined : [];
    rows.forEach(show);
    sayLive();
  });
  source.addEventListener("open", sayLive);
  source.addEventListener("message", ({ data }: MessageEvent<string>) => {
    if (!held) return show(data);
    held.push(data);
    if (held.length > most) held.shift();
    sayLive();
  });
  source.addEventListener("now", ({ data }: MessageEvent<string>) => {
    for (const time of place.querySelectorAll<HTMLTimeElement>("time[data-age]")) {
      time.textContent = ageText(Date.parse(time.dateTime), Number(data));
    }
  });
  source.addEventListener("end", () => {
    source.close();
    say("No longer live: reload the page.", false);
  });
  source.addEventListener("error", () => {
    const isClosed = source.readyState === EventSource.CLOSED;
    say(
      isClosed ? "Not live: reload the page to see what is new." : "The emulator does not answer. Trying again…",
      false,
    );
  });
}
