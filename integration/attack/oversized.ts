import { serverAttack } from "./server-attack.ts";

const FORM = "application/x-www-form-urlencoded";
const WEB_IDENTITY = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=a&WebIdentityToken=a";

/** Unsigned requests, by what they are meant to cost. Each is refused, with an answer shorter than the request. */
const REQUESTS: readonly (readonly [path: string, type: string, body: () => string])[] = [
  ["/", FORM, () => `${WEB_IDENTITY}&RoleSessionName=${'"'.repeat(4_000_000)}`],
  ["/", FORM, () => `Action=${"<".repeat(4_000_000)}&Version=2011-06-15`],
  ["/", FORM, () => "&a=b".repeat(1_000_000)],
  ["/_emulator/import", "application/json", () => "[".repeat(30_000_000)],
  ["/_emulator/authorize", "application/json", () => `{"resourcePolicy":${'{"a":'.repeat(700_000)}`],
  ["/_emulator/clock", "application/json", () => `{"${"x".repeat(4_000_000)}": 1}`],
];

export const oversized = serverAttack("Unsigned requests made to cost much", async ({ endpoint }, scale) => {
  const rounds = scale === "full" ? 20 : 1;
  const failures: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [path, type, body] of REQUESTS) {
      const headers = { "Content-Type": type };
      const response = await fetch(endpoint + path, { method: "POST", headers, body: body(), redirect: "manual" });
      const { length } = await response.text();
      if (response.status >= 500) failures.push(`${path} answered ${response.status}`);
      if (length > 1_000_000) failures.push(`${path} answered with ${length} characters`);
    }
  }
  return { done: `${rounds * REQUESTS.length} requests of 3 to 30 MB`, failures };
});
