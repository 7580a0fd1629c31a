import { newVisitorId } from "../memory.ts";
import { endStreamsOf } from "../trail-stream.ts";
import { redirect, type Page } from "../page.ts";

/** Ends a session, or a sign-in that has begun. */
export const signOut: Page = {
  path: "/sign-out",
  title: "Sign out",
  access: "anyone",
  GET: () => redirect("/console"),
  async POST({ memory, visitorId, emulation }) {
    endStreamsOf(visitorId, emulation);
    await emulation.store.transact((tx) => {
      memory.signedIn.remove(tx, visitorId);
      memory.pending.remove(tx, visitorId);
    });
    return { to: "/console/sign-in", notice: "You have signed out.", visitorId: newVisitorId(emulation.random) };
  },
};
