import { parsePolicy } from "../../handlers/policy-documents.ts";
import { setOrganization, unitsOf } from "../../handlers/organization.ts";
import { ensureAccount } from "../authenticate.ts";
import { WebError } from "../web/errors.ts";
import { organizationFrom } from "../organization-input.ts";
import type { Place } from "./place.ts";
import type { Plan } from "./plan.ts";

/** The organization in the control plane's form, except that a policy's document may be in a file. */
export function addOrganization(organization: Place, plan: Plan): void {
  if (!organization.isGiven) return;
  const asked = read(organization, plan);
  plan.do(organization, ({ tx, random, now }) => {
    const { root } = setOrganization(asked, { tx, random });
    for (const { accounts } of unitsOf(root)) for (const id of accounts) ensureAccount(id, tx, now);
  });
}

function read(organization: Place, plan: Plan) {
  try {
    return organizationFrom(withDocuments(organization, plan), plan.account);
  } catch (cause) {
    if (cause instanceof WebError) throw organization.fail(cause.message);
    throw cause;
  }
}

/**
 * The value with the files of documents replaced by their content. Numbers can only be account numbers without quotes.
 */
function withDocuments(place: Place, plan: Plan): unknown {
  const { value } = place;
  if (Array.isArray(value)) return place.items().map((item) => withDocuments(item, plan));
  if (typeof value === "number") return place.text();
  if (typeof value !== "object") return value;
  return Object.fromEntries(
    place
      .entries()
      .map(([name, member]) => [name, name === "document" ? documentOf(member, plan) : withDocuments(member, plan)]),
  );
}

/** Also checked here, where its place in the seed is known. */
function documentOf(place: Place, plan: Plan): string {
  const text = place.json();
  plan.do(place, () => void parsePolicy(text, place.path.includes("rcps") ? "rcp" : "scp"));
  return text;
}
