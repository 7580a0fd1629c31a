import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { start, type StartOptions } from "../server/index.ts";

/** Called as by a program without types. */
const startWith = async (options: object): Promise<void> => {
  const server = await start({ port: 0, ...(options as StartOptions) });
  await server.close();
};

describe("start()", () => {
  for (const [options, message] of [
    [{ enforcement: "On" }, 'enforcement must be on, soft or off, not "On"'],
    [{ mfaRules: "none" }, 'mfaRules must be guide or current, not "none"'],
    [{ account: "12" }, 'account must be 12 digits, not "12"'],
    [{ host: "" }, 'host must be at least one character long, not ""'],
    [{ data: "" }, 'data must be at least one character long, not ""'],
    [{ port: -1 }, 'port must be a whole number from 0 to 65535, not "-1"'],
    [{ idp: "yes" }, 'idp must be true or false, not "yes"'],
    [{ allowedHosts: ["http://x"] }, 'allowedHosts must be host names separated by commas, not "http://x"'],
    [
      { allowedOrigins: ["http://localhost:3000", "http://localhost:3000/app"] },
      'allowedOrigins must end with the host or port, as http://localhost:4593 does, not as "http://localhost:3000/app"',
    ],
    [{ allowedOrigins: ["*"] }, 'allowedOrigins must be an http or https URL, not "*"'],
    [
      { quotas: { UsersPerAccount: -1 } },
      'quota UsersPerAccount must be a whole number from 0 to 1000000000, not "-1"',
    ],
    [{ enforced: false }, 'there is no option "enforced"'],
    [
      { gate: { to: "http://x/y" } },
      'gateTo must end with the host or port, as http://localhost:4593 does, not as "http://x/y"',
    ],
    [{ gate: { to: { sts: "http://x" } } }, "gateTo: the emulator itself answers sts"],
    [
      { gate: { to: "http://x", upstreamKeys: "secret" } },
      "gateUpstreamKeys must be an access key id and its secret, as ID:SECRET",
    ],
    [{ gate: { to: "http://x", port: 4000 }, port: 4000 }, "gatePort: the emulator itself listens at 4000"],
    [{ gateUnmapped: "pass" }, "gateUnmapped: there is no gate without --gate-to"],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, () =>
      assert.rejects(startWith(options), { name: "InvalidOption", message }));
  }

  it("refuses a quota that does not exist", () =>
    assert.rejects(startWith({ quotas: { Users: 1 } }), {
      name: "InvalidOption",
      message: /^quotas: "Users" is none of /,
    }));

  it("takes an option that is undefined for one that was not given", async () => {
    const server = await start({ port: 0, ...({ host: undefined, account: undefined } as object) });
    try {
      assert.match(server.endpoint, /^http:\/\/127\.0\.0\.1:/);
      assert.equal(server.account, "000000000000");
    } finally {
      await server.close();
    }
  });
});
