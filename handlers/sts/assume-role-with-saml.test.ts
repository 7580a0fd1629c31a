import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { Clock } from "../../data/clock.ts";
import { collections } from "../../data/entities/collections.ts";
import { samlProviders, type SamlProvider } from "../../data/entities/providers.ts";
import { roles } from "../../data/entities/roles.ts";
import { seededRandom } from "../../data/random.ts";
import { memoryBackend, openStore, type LocalStore } from "../../data/store.ts";
import { asking, base64, response, testIdp } from "../../integration/saml-responses.ts";
import type { Context, OperationSpec, Tools } from "../operation.ts";
import { AssumeRoleWithSAML } from "./assume-role-with-saml.ts";

const account = "000000000000";
const ROLE = `arn:aws:iam::${account}:role/reader`;
const PROVIDER = `arn:aws:iam::${account}:saml-provider/idp`;

// Verifying takes turns of the event loop in which the provider may change, which no client can time.
describe("AssumeRoleWithSAML, between verifying and answering", () => {
  const idp = testIdp();
  const spec = AssumeRoleWithSAML.spec as unknown as OperationSpec<"AssumeRoleWithSAML", unknown>;
  const clock = new Clock();
  const random = seededRandom("saml");
  const sessions = { seal: () => "token", open: () => undefined };
  const provider: SamlProvider = {
    account,
    name: "idp",
    uuid: "SAMLSPA",
    metadata: idp.metadata,
    createdAt: 0,
    encryption: "Allowed",
    privateKeys: [],
    tags: [],
  };
  let store: LocalStore;

  before(async () => {
    store = await openStore({ collections, backend: memoryBackend() });
    const role = { path: "/", createdAt: 0, maxSessionSeconds: 3600, trustPolicy: "{}", trustBindings: {}, tags: [] };
    store.transact((tx) => tx.put(roles, { account, name: "reader", id: "AROAREADER", ...role }));
  });

  /** Verifies with the provider, lets it be changed, and answers. */
  async function answer(change: (store: LocalStore) => void) {
    store.transact((tx) => tx.put(samlProviders, provider));
    const now = clock.now();
    const input = {
      RoleArn: ROLE,
      PrincipalArn: PROVIDER,
      SAMLAssertion: base64(response(idp, { now, attributes: asking(ROLE, PROVIDER) })),
    };
    const tools = { clock, random, read: (work) => store.transact(work) } as Partial<Tools> as Tools;
    const prepared = await spec.prepare!(input, tools);
    change(store);
    return store.transact((tx) =>
      spec.handle(input, { tx, account, now, random, sessions } as Partial<Context> as Context, prepared),
    );
  }

  const gone = { code: "InvalidIdentityToken", wireMessage: "Specified provider doesn't exist." };

  it("takes a provider that is as it was, but for its tags", async () => {
    assert.ok(await answer(() => {}));
    const tags = [{ Key: "team", Value: "red" }];
    assert.ok(await answer((current) => current.transact((tx) => tx.put(samlProviders, { ...provider, tags }))));
  });

  it("refuses one that is gone, is another, or has other metadata", async () => {
    const put = (changed: Partial<SamlProvider>) =>
      answer((current) => current.transact((tx) => tx.put(samlProviders, { ...provider, ...changed })));
    await assert.rejects(
      answer((current) => current.transact((tx) => tx.delete(samlProviders, account, "idp"))),
      gone,
    );
    await assert.rejects(put({ uuid: "SAMLSPB" }), gone);
    await assert.rejects(put({ metadata: `${idp.metadata} ` }), gone);
  });
});
