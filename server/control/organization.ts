import type { ControlPolicy, Organization, OrganizationalUnit } from "../../data/entities/organizations.ts";
import { disband, setOrganization, theOrganization, unitsOf } from "../../handlers/organization.ts";
import { ensureAccount } from "../authenticate.ts";
import type { Emulation } from "../emulation.ts";
import { organizationFrom } from "../organization-input.ts";
import { NotFound } from "../web/errors.ts";
import { json } from "../web/input.ts";
import type { Routes } from "../web/routes.ts";

/** `/_emulator/organization`: the tree of accounts that AWS Organizations would keep; set and shown as a whole. */
export function organizationRoutes({ store, clock, random, options }: Emulation): Routes {
  return {
    "/organization": {
      GET: () => toOrganization(store.read((tx) => theOrganization(tx)) ?? noOrganization()),
      PUT(request) {
        const asked = organizationFrom(json(request), options.account);
        return store.transact((tx) => {
          const organization = setOrganization(asked, { tx, random });
          for (const { accounts } of unitsOf(organization.root)) {
            for (const account of accounts) ensureAccount(account, tx, clock.now());
          }
          return toOrganization(organization);
        });
      },
      async DELETE() {
        await store.transact((tx) => disband(tx));
        return { disbanded: true };
      },
    },
  };
}

const noOrganization = () => {
  throw NotFound("There is no organization. PUT one to /_emulator/organization.");
};

const toOrganization = ({ rootFeatures, root, ...organization }: Organization) => ({
  ...organization,
  rootFeatures,
  root: toUnit(root),
});

const toUnit = ({ scps, rcps, children, ...unit }: OrganizationalUnit): object => ({
  ...unit,
  scps: scps.map(toPolicy),
  rcps: rcps.map(toPolicy),
  children: children.map(toUnit),
});

const toPolicy = ({ id, policyId, document }: ControlPolicy) => ({
  id: policyId,
  name: id,
  document: JSON.parse(document) as unknown,
});
