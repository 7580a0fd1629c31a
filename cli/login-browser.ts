import { spawn } from "node:child_process";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline/promises";
import { CommandFailed } from "./control-client.ts";

const CALLBACK = "/oauth/callback";

/**
 * Listens at a loopback address until the browser brings the answer to an authorization request (RFC 8252, section
 * 7.3).
 */
export async function loopback(): Promise<{
  readonly redirectUri: string;
  /** The code from the request with this `state`. Rejects with CommandFailed if the login was refused. */
  readonly code: (state: string) => Promise<string>;
}> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}${CALLBACK}`;
  const code = (state: string) =>
    new Promise<string>((resolve, reject) => {
      server.on("request", (request, response) => {
        const { pathname, searchParams } = new URL(request.url!, redirectUri);
        // Browsers ask for icons, and anybody can send a request without the state.
        if (pathname !== CALLBACK || searchParams.get("state") !== state)
          return say(response, 404, "There is nothing.");
        const given = searchParams.get("code");
        server.close();
        if (given !== null) {
          say(response, 200, "You are logged in. You may close this window.");
          return resolve(given);
        }
        say(response, 200, "The login was cancelled. You may close this window.");
        reject(new CommandFailed("the login was cancelled in the browser."));
      });
    });
  return { redirectUri, code };
}

function say(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", Connection: "close" });
  response.end(`${sentence}\n`);
}

/**
 * Asks for the code that a browser on another device shows. Rejects with CommandFailed if it belongs to another login.
 */
export async function askForCode(state: string): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const text = await prompt.question("Authorization code: ");
  prompt.close();
  const answer = new URLSearchParams(Buffer.from(text.trim(), "base64").toString());
  const code = answer.get("code");
  if (code === null || answer.get("state") !== state) {
    throw new CommandFailed("this is not the authorization code of this login.");
  }
  return code;
}

const OPENERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Opens the browser, if there is one. If there is none, the address was printed before. */
export function openBrowser(url: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? ["xdg-open"];
  const child = spawn(command, [...args, url], { detached: true, stdio: "ignore" });
  child.on("error", () => {});
  child.unref();
}
