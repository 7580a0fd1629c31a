import { accountThere } from "../authenticate.ts";
import type { Output } from "../../handlers/operation.ts";
import type { Emulation } from "../emulation.ts";
import { handle, rootContext } from "./plan.ts";

type Page = Output<"GetAccountAuthorizationDetails">;
type Details = Required<Pick<Page, "UserDetailList" | "GroupDetailList" | "RoleDetailList" | "Policies">>;

/**
 * The account as `aws iam get-account-authorization-details` prints it, all pages from the same moment. Contains no
 * secrets.
 */
export async function exportDetails(account: string, emulation: Emulation): Promise<unknown> {
  const details: Details = { UserDetailList: [], GroupDetailList: [], RoleDetailList: [], Policies: [] };
  await accountThere(account, emulation.clock.now(), emulation.store);
  emulation.store.read((tx) => {
    const context = rootContext(account, tx, emulation);
    let Marker: string | undefined;
    do {
      const page: Page = handle("GetAccountAuthorizationDetails", { MaxItems: 1000, Marker }, context);
      for (const name of Object.keys(details) as (keyof Details)[])
        details[name].push(...((page[name] ?? []) as never[]));
      Marker = page.Marker;
    } while (Marker !== undefined);
  });
  return asPrinted(details);
}

const DOCUMENTS = ["PolicyDocument", "AssumeRolePolicyDocument", "Document"];

/** Documents as JSON and times in ISO 8601 with an offset, as in the AWS CLI. */
function asPrinted(value: unknown, name = ""): unknown {
  if (value instanceof Date) return value.toISOString().replace(/\.\d{3}Z$/, "+00:00");
  if (typeof value === "string" && DOCUMENTS.includes(name)) return JSON.parse(decodeURIComponent(value));
  if (Array.isArray(value)) return value.map((item) => asPrinted(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asPrinted(member, key)]));
}
