import { actions, buttonLink, href, section } from "../components.ts";
import { html, type Value } from "../html.ts";
import type { View } from "../page.ts";

/** Where the emulator says what the policies of a user or role come to; nothing where its own pages are off. */
export const comesTo = (arn: string, { emulation: { options } }: View): Value =>
  options.control &&
  section(
    "Effective permissions",
    html`<p>What the policies come to, by the engine that decides requests.</p>`,
    actions(
      buttonLink(href`/console/emulator/simulator?principal=${arn}`, "Simulate a request"),
      buttonLink(href`/console/emulator/permissions?principal=${arn}`, "Permissions by service"),
    ),
  );
