import { accounts } from "../../../data/entities/accounts.ts";
import { hardwareTokens, mfaDevices, smsMessages } from "../../../data/entities/mfa.ts";
import { managedPolicies } from "../../../data/entities/policies.ts";
import { roles } from "../../../data/entities/roles.ts";
import { accessKeys, groups, users } from "../../../data/entities/users.ts";
import { DEFAULT_QUOTAS } from "../../../handlers/quotas.ts";
import { health } from "../../health.ts";
import { flagOf, OPTIONS } from "../../option-table.ts";
import type { Options } from "../../options.ts";
import { code, facts, link, section, table, time } from "../components.ts";
import { html, type Value } from "../html.ts";
import type { Page, View } from "../page.ts";

/** Whether every check is on, the options that the emulator was started with, and how much state there is. */
export const emulatorHealth: Page = {
  path: "/emulator/health",
  title: "Health",
  nav: "Emulator",
  access: "emulator",
  afterFailure: true,
  GET(view) {
    const { emulation } = view;
    const { status, version, mfaRules, state, clock, checks } = health(emulation);
    return html`${facts([
      ["Status", status],
      ["Version", version],
      ["MFA rules", `${mfaRules}: ${RULES[mfaRules]}`],
      ["State", state === "memory" ? "in memory: a restart ends it" : "on the disk"],
      [
        "Clock",
        html`${time(Date.parse(clock.now))}, ${clock.frozen ? "frozen" : clock.moved ? "moved" : "this machine's"}:
        ${link("/console/emulator/clock", "move it")}`,
      ],
    ])}
    ${section("Checks", facts(Object.entries(checks).map(([check, on]) => [CHECKS[check] ?? check, on])))}
    ${status === "ok" && section("Counts, in all accounts", counts(view))}
    ${section(
      "Options in effect",
      table(
        "Options in effect",
        ["Option", "Value", "What it does"],
        OPTIONS.map((row) => [code(flagOf(row.name)), shown(row, emulation.options), row.help]),
        "There are none.",
      ),
    )}
    ${section("Reset", html`<p>${link("/console/emulator/reset", "Reset the emulator…")} asks before it does.</p>`)}`;
  },
};

const RULES: Readonly<Record<Options["mfaRules"], string>> = {
  guide: "one MFA device per user or root, and SMS",
  current: "eight MFA devices, no new SMS device",
};

const CHECKS: Readonly<Record<string, string>> = {
  signatures: "Signatures",
  mfaCodes: "MFA codes",
  permissions: "Permissions",
};

function counts({ emulation: { store, era } }: View): Value {
  return store.read((tx) =>
    facts([
      ["Accounts", tx.count(accounts)],
      ["Users", tx.count(users)],
      ["Groups", tx.count(groups)],
      ["Roles", tx.count(roles)],
      ["Customer managed policies", tx.count(managedPolicies)],
      ["Access keys", tx.count(accessKeys)],
      ["MFA devices", tx.count(mfaDevices)],
      ["Hardware tokens on the key ring", tx.count(hardwareTokens)],
      ["Text messages", tx.count(smsMessages)],
      ["Requests in the trail", era.trail.list().length],
    ]),
  );
}

/** The value of an option. For a secret, and for a seed that is not a file, only that there is one. */
function shown({ name, secret }: (typeof OPTIONS)[number], options: Options): Value {
  if (name === "quotas") return changedQuotas(options);
  const value = options[name];
  if (value === undefined || value === "") return html`<span class="none">not set</span>`;
  if (secret) return "set (not shown)";
  if (typeof value === "object") return Array.isArray(value) ? value.join(", ") || "none" : "set (not shown)";
  return String(value);
}

const changedQuotas = ({ quotas }: Options): string =>
  Object.entries(DEFAULT_QUOTAS)
    .filter(([name, usual]) => quotas[name as keyof typeof quotas] !== usual)
    .map(([name]) => `${name}=${quotas[name as keyof typeof quotas]}`)
    .join(", ") || "as in AWS";
