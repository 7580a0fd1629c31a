import type { Page } from "playwright-core";

/** A security key in the browser's USB port, which is touched whenever it asks for it. */
export interface Authenticator {
  /** The key's counter. */
  signCount(): Promise<number>;
  /** Turns the counter back, as a clone's would be. */
  setSignCount(signCount: number): Promise<void>;
}

/** Plugs in a virtual authenticator of Chromium's DevTools. */
export async function plugIn(page: Page, protocol: "ctap2" | "u2f"): Promise<Authenticator> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("WebAuthn.enable");
  const { authenticatorId } = await devTools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol, transport: "usb", automaticPresenceSimulation: true },
  });
  const credential = async () => {
    const { credentials } = await devTools.send("WebAuthn.getCredentials", { authenticatorId });
    return credentials[0]!;
  };
  return {
    signCount: async () => (await credential()).signCount,
    async setSignCount(signCount) {
      const { credentialId, isResidentCredential, rpId = "localhost", privateKey } = await credential();
      await devTools.send("WebAuthn.removeCredential", { authenticatorId, credentialId });
      await devTools.send("WebAuthn.addCredential", {
        authenticatorId,
        credential: { credentialId, isResidentCredential, rpId, privateKey, signCount },
      });
    },
  };
}
