import { sessionCaller } from "../../../handlers/callers.ts";
import { signinMemory } from "../../signin/memory.ts";
import { recordConsoleLogin } from "../login-events.ts";
import { newVisitorId } from "../memory.ts";
import { Refused, type Page, type View } from "../page.ts";

/** Signs in the bearer of a token from the federation endpoint, once, and redirects to its destination. */
export const federation: Page = {
  path: "/federation",
  title: "Sign in with temporary credentials",
  access: "anyone",
  card: true,
  async GET(view) {
    const { query, now, emulation, memory } = view;
    const to = destination(view);
    const { federated } = signinMemory(emulation);
    const found = await federated.take(query.get("SigninToken") ?? "", now);
    if (!found) throw new Refused(400, "The sign-in token is not valid, has expired or was used before.");
    const { session } = found;
    if (session.expiresAt <= now) throw new Refused(400, "The session of the sign-in token has expired.");
    const caller = emulation.store.read((tx) => sessionCaller(session, tx));
    const visitorId = newVisitorId(emulation.random);
    await emulation.store.transact((tx) => {
      memory.signedIn.remove(tx, view.visitorId);
      memory.pending.remove(tx, view.visitorId);
      memory.signedIn.put(tx, visitorId, { session, expiresAt: session.expiresAt });
    });
    recordConsoleLogin(caller, view, { loginTo: view.origin + to });
    return { to, visitorId };
  },
};

/** A destination in AWS's console becomes the first page of this one, so that identity brokers work unchanged. */
const AWS_CONSOLE = /^https:\/\/(?:[\w-]+\.)?console\.aws\.amazon\.com(?:[/?#]|$)/;

/** The destination, which is always in this console. */
function destination({ query, origin }: View): string {
  const wanted = query.get("Destination") ?? "";
  if (AWS_CONSOLE.test(wanted)) return "/console";
  const url = URL.canParse(wanted, origin) ? new URL(wanted, origin) : undefined;
  if (wanted === "" || url?.origin !== origin || !/^\/console(?:\/|$)/.test(url.pathname)) {
    throw new Refused(400, "The Destination must be a page of this console.");
  }
  return url.pathname + url.search;
}
