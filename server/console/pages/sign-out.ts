import { newVisitorId } from "../memory.ts";
import { endStreamsOf } from "../trail-stream.ts";
import { redirect, type Page } from "../page.ts";

/** Ends a session, or a sign-in that has begun. */
export const signOut: Page = {
  path: "/sign-out",
  title: "Sign out",
  access: "anyone",
  GET: () => redirect("/console"),
  POST({ memory, visitorId, emulation }) {
    endStreamsOf(visitorId, emulation);
    memory.signedIn.delete(visitorId);
    memory.pending.delete(visitorId);
    return { to: "/console/sign-in", notice: "You have signed out.", visitorId: newVisitorId(emulation.random) };
  },
};
