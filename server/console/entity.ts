import { href } from "./components.ts";
import type { SignedInView } from "./page.ts";

/** What policies are attached to. */
export type EntityKind = "User" | "Group" | "Role";

/** One user, group or role. */
export interface Entity {
  readonly kind: EntityKind;
  readonly name: string;
  /** Such as `the user Ann`. */
  readonly called: string;
  /** Its page. */
  readonly home: string;
  /** Its name as the operations for its kind take it; they differ in nothing but the names. */
  readonly input: { readonly UserName: string; readonly GroupName: string; readonly RoleName: string };
}

/** The path of an entity's page, and what all pages about it begin with. */
export const ENTITY_PATHS: Readonly<Record<EntityKind, `/${string}`>> = {
  User: "/users/:userName",
  Group: "/groups/:groupName",
  Role: "/roles/:roleName",
};

const WORDS: Readonly<Record<EntityKind, string>> = { User: "user", Group: "user group", Role: "role" };

export const entityNamed = (kind: EntityKind, name: string): Entity => ({
  kind,
  name,
  called: `the ${WORDS[kind]} ${name}`,
  home: homeOf(kind, name),
  input: { [`${kind}Name`]: name } as Entity["input"],
});

/** The entity that the page's path names. */
export const entityOf = (kind: EntityKind, { params }: SignedInView): Entity =>
  entityNamed(kind, params[`${kind.toLowerCase()}Name`]!);

function homeOf(kind: EntityKind, name: string): string {
  switch (kind) {
    case "User":
      return href`/console/users/${name}`;
    case "Group":
      return href`/console/groups/${name}`;
    case "Role":
      return href`/console/roles/${name}`;
  }
}
