import assert from "node:assert/strict";
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  type CreateOpenIDConnectProviderCommandInput,
  type IAMClient,
  type Tag,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

const arnOf = (url: string) => `arn:aws:iam::000000000000:oidc-provider/${url}`;
const NOWHERE = arnOf("nowhere.example.com");
const thumbprint = (digit: string) => digit.repeat(40);
const thumbprints = (count: number) => Array.from({ length: count }, (_, i) => thumbprint(String(i)));
const tags = (...pairs: readonly (readonly [string, string])[]): Tag[] => pairs.map(([Key, Value]) => ({ Key, Value }));

const notFound = {
  name: "NoSuchEntityException",
  message: `OpenIDConnect Provider not found for arn ${NOWHERE}`,
};
const invalid = (message: string) => ({ name: "InvalidInputException", message });
const INVALID_URL = { name: "ValidationError", message: "Invalid Open ID Connect Provider URL" };
const TOO_MANY_THUMBPRINTS = invalid("Thumbprint list must contain fewer than 5 entries.");
const tooManyClientIds = {
  name: "LimitExceededException",
  message: "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
};

describe("OpenID Connect providers", () => {
  const emu = emulator({ federationHosts: ["Keycloak"] });

  const create = async (
    host: string,
    more: Partial<CreateOpenIDConnectProviderCommandInput> = {},
    iam: IAMClient = emu.iam(),
  ) =>
    (await iam.send(new CreateOpenIDConnectProviderCommand({ Url: `https://${host}`, ...more })))
      .OpenIDConnectProviderArn!;
  const get = (OpenIDConnectProviderArn: string) =>
    emu.iam().send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  const list = async (iam: IAMClient = emu.iam()) =>
    (await iam.send(new ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList!.map(({ Arn }) => Arn!);
  const remove = (OpenIDConnectProviderArn: string) =>
    emu.iam().send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  const addClient = (OpenIDConnectProviderArn: string, ClientID: string) =>
    emu.iam().send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }));
  const removeClient = (OpenIDConnectProviderArn: string, ClientID: string) =>
    emu.iam().send(new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }));
  const setThumbprints = (OpenIDConnectProviderArn: string, ThumbprintList: string[]) =>
    emu.iam().send(new UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList }));

  describe("CreateOpenIDConnectProvider", () => {
    it("answers the ARN and the tags in the order sent; Get shows the rest", async () => {
      const Tags = tags(["key", "1"], ["Key", "2"]);
      emu.server.clock.advance(0.123);
      const OpenIDConnectProviderArn = arnOf("Token.Example.com/tenant/");
      const answer = await emu.iam().send(
        new CreateOpenIDConnectProviderCommand({
          Url: "https://Token.Example.com/tenant/",
          ClientIDList: ["b", "a", "b"],
          ThumbprintList: [thumbprint("A"), thumbprint("a"), thumbprint("z")],
          Tags,
        }),
      );
      emu.server.clock.advance(-0.123);
      assert.equal(answer.OpenIDConnectProviderArn, OpenIDConnectProviderArn);
      assert.deepEqual(answer.Tags, Tags);
      const { $metadata: _, ...provider } = await get(OpenIDConnectProviderArn);
      assert.deepEqual(provider, {
        Url: "Token.Example.com/tenant/",
        ClientIDList: ["b", "a"],
        ThumbprintList: [thumbprint("a"), thumbprint("a"), thumbprint("z")],
        CreateDate: new Date("2026-11-24T12:00:00.123Z"),
        Tags: tags(["Key", "2"], ["key", "1"]),
      });
    });

    it("needs nothing but the URL", async () => {
      const answer = await emu.iam().send(new CreateOpenIDConnectProviderCommand({ Url: "https://bare.example.com" }));
      assert.equal(answer.Tags, undefined);
      const { ClientIDList, ThumbprintList, Tags } = await get(answer.OpenIDConnectProviderArn!);
      assert.deepEqual([ClientIDList, ThumbprintList, Tags], [[], [], []]);
    });

    it("tells URLs apart by case and by a slash at the end, but not by the port 443", async () => {
      await create("same.example.com/path");
      await create("same.example.com/path/");
      await create("SAME.example.com/path");
      await assert.rejects(create("same.example.com:443/path"), {
        name: "EntityAlreadyExistsException",
        message: "Provider with url https://same.example.com/path already exists.",
      });
      assert.equal(await create("same.example.com:443"), arnOf("same.example.com"));
      assert.equal(await create("same.example.com:4430"), arnOf("same.example.com:4430"));
    });

    it("refuses URLs that are not https, or no URLs", async () => {
      for (const Url of [
        "http://a.example.com",
        "a.example.com",
        "HTTPS//x",
        "https://",
        "https:///path",
        "https://a b",
        "https://user:secret@a.example.com",
        "https://user@a.example.com",
        "https://:secret@a.example.com",
        "https://a.example.com/é",
      ]) {
        await assert.rejects(emu.iam().send(new CreateOpenIDConnectProviderCommand({ Url })), INVALID_URL, Url);
      }
    });

    it("takes plain http where the issuer is on this machine or a declared host, and nowhere else", async () => {
      const hosts = [
        "localhost:8080/realm",
        "idp.localhost",
        "127.0.0.1:1",
        "127.1.2.3",
        "[::1]:8080",
        "keycloak/realm",
      ];
      for (const host of hosts) {
        const input = { Url: `http://${host}` };
        const { OpenIDConnectProviderArn } = await emu.iam().send(new CreateOpenIDConnectProviderCommand(input));
        assert.equal(OpenIDConnectProviderArn, arnOf(host));
      }
      for (const host of ["notlocalhost", "localhost.example.com", "127.0.0.1.example.com", "128.0.0.1", "[::2]"]) {
        const input = { Url: `http://${host}` };
        await assert.rejects(emu.iam().send(new CreateOpenIDConnectProviderCommand(input)), INVALID_URL, host);
      }
    });

    it("refuses a URL with a query or a fragment, without a message", async () => {
      await assert.rejects(create("a.example.com/?x=1"), invalid("Unknown"));
      await assert.rejects(create("a.example.com/#x"), invalid("Unknown"));
    });

    it("takes five thumbprints of 40 characters and a hundred client ids, and no more", async () => {
      const ThumbprintList = thumbprints(5);
      const ClientIDList = Array.from({ length: 100 }, (_, i) => `client-${i}`);
      await create("full.example.com", { ThumbprintList, ClientIDList });
      await assert.rejects(
        create("fuller.example.com", { ThumbprintList: [...ThumbprintList, thumbprint("5")] }),
        TOO_MANY_THUMBPRINTS,
      );
      await assert.rejects(create("fuller.example.com", { ClientIDList: [...ClientIDList, "more"] }), tooManyClientIds);
      await assert.rejects(create("fuller.example.com", { ThumbprintList: ["0".repeat(39)] }), {
        name: "ValidationError",
        message:
          "1 validation error detected: Value at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]",
      });
      await create("fuller.example.com", { ClientIDList: [...ClientIDList, "client-0"] });
    });

    it("refuses more than the quota, and lets one of two win that race for the last place", async () => {
      const other = emu.iam({ ...emu.server.rootCredentials, accessKeyId: "111122223333" });
      for (let i = 0; i < 99; i++) await create(`p${i}.example.com`, {}, other);
      const race = await Promise.allSettled(["a", "b"].map((host) => create(`${host}.example.com`, {}, other)));
      assert.deepEqual(race.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      await assert.rejects(create("one-more.example.com", {}, other), {
        name: "LimitExceededException",
        message: "Cannot exceed quota for OpenIdConnectProvidersPerAccount: 100",
      });
      assert.equal((await list(other)).length, 100);
    });
  });

  describe("ListOpenIDConnectProviders", () => {
    it("answers the ARNs of the account, all at once", async () => {
      const other = emu.iam({ ...emu.server.rootCredentials, accessKeyId: "222233334444" });
      assert.deepEqual(await list(other), []);
      for (const host of ["b.example.com", "a.example.com"]) await create(host, {}, other);
      const prefix = "arn:aws:iam::222233334444:oidc-provider";
      assert.deepEqual((await list(other)).toSorted(), [`${prefix}/a.example.com`, `${prefix}/b.example.com`]);
    });
  });

  describe("DeleteOpenIDConnectProvider", () => {
    it("removes a provider, once; it can be made again", async () => {
      const arn = await create("gone.example.com");
      await remove(arn);
      await assert.rejects(remove(arn), {
        name: "NoSuchEntityException",
        message: `OpenId connect Provider ${arn} cannot be found.`,
      });
      assert.equal(await create("gone.example.com"), arn);
    });
  });

  describe("client ids", () => {
    it("are added and removed, however often", async () => {
      const arn = await create("clients.example.com", { ClientIDList: ["one"] });
      for (const id of ["two", "two", "one", "Two"]) await addClient(arn, id);
      assert.deepEqual((await get(arn)).ClientIDList, ["one", "two", "Two"]);
      for (const id of ["two", "two", "nothing"]) await removeClient(arn, id);
      assert.deepEqual((await get(arn)).ClientIDList, ["one", "Two"]);
    });

    it("are at most a hundred, also where two are added at a time", async () => {
      const ClientIDList = Array.from({ length: 99 }, (_, i) => `client-${i}`);
      const arn = await create("crowded.example.com", { ClientIDList });
      const race = await Promise.allSettled([addClient(arn, "a"), addClient(arn, "b")]);
      assert.deepEqual(race.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      await assert.rejects(addClient(arn, "c"), tooManyClientIds);
      await addClient(arn, "client-0");
    });
  });

  describe("UpdateOpenIDConnectProviderThumbprint", () => {
    it("replaces all thumbprints", async () => {
      const arn = await create("prints.example.com", { ThumbprintList: [thumbprint("0")] });
      await setThumbprints(arn, [thumbprint("B"), thumbprint("1")]);
      assert.deepEqual((await get(arn)).ThumbprintList, [thumbprint("b"), thumbprint("1")]);
    });

    it("refuses none, and more than five", async () => {
      const arn = await create("strict.example.com", { ThumbprintList: [thumbprint("0")] });
      await assert.rejects(setThumbprints(arn, []), invalid("Thumbprint list must contain at least one entry."));
      await assert.rejects(setThumbprints(arn, thumbprints(6)), TOO_MANY_THUMBPRINTS);
      assert.deepEqual((await get(arn)).ThumbprintList, [thumbprint("0")]);
    });
  });

  describe("tags", () => {
    const tag = (OpenIDConnectProviderArn: string, Tags: Tag[]) =>
      emu.iam().send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags }));
    const untag = (OpenIDConnectProviderArn: string, TagKeys: string[]) =>
      emu.iam().send(new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys }));
    const listTags = (
      OpenIDConnectProviderArn: string,
      page: { MaxItems?: number; Marker?: string | undefined } = {},
    ) => emu.iam().send(new ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn, ...page }));

    it("have keys with regard to case, and are listed in pages", async () => {
      const arn = await create("tags.example.com", { Tags: tags(["Team", "1"]) });
      await tag(arn, tags(["team", "2"], ["x", "3"]));
      await untag(arn, ["TEAM", "x"]);
      const first = await listTags(arn, { MaxItems: 1 });
      assert.deepEqual([first.Tags, first.IsTruncated], [tags(["Team", "1"]), true]);
      const second = await listTags(arn, { Marker: first.Marker });
      assert.deepEqual([second.Tags, second.IsTruncated], [tags(["team", "2"]), false]);
    });

    it("refuse empty lists, reserved and repeated keys", async () => {
      await assert.rejects(tag(NOWHERE, []), invalid("The provided tag map must not be null/empty."));
      await assert.rejects(untag(NOWHERE, []), invalid("The provided tag keys must not be null/empty."));
      await assert.rejects(
        create("bad.example.com", { Tags: tags(["aws:x", ""]) }),
        invalid("Tag keys beginning with aws: are reserved for system use."),
      );
      await assert.rejects(tag(NOWHERE, tags(["a", ""], ["a", ""])), invalid("Duplicate tag keys found."));
    });

    it("are at most fifty, and none is added where one would be too many", async () => {
      const arn = await create("full-tags.example.com");
      const many = Array.from({ length: 49 }, (_, i) => ({ Key: `k${i}`, Value: "" }));
      await tag(arn, many);
      await assert.rejects(tag(arn, tags(["a", ""], ["b", ""])), {
        name: "LimitExceededException",
        message: "The number of tags has reached the maximum limit.",
      });
      assert.equal((await listTags(arn)).Tags!.length, 49);
    });
  });

  describe("an ARN", () => {
    const OPERATIONS: Readonly<Record<string, (arn: string) => Promise<unknown>>> = {
      GetOpenIDConnectProvider: get,
      AddClientIDToOpenIDConnectProvider: (arn) => addClient(arn, "x"),
      RemoveClientIDFromOpenIDConnectProvider: (arn) => removeClient(arn, "x"),
      UpdateOpenIDConnectProviderThumbprint: (arn) => setThumbprints(arn, [thumbprint("0")]),
      TagOpenIDConnectProvider: (OpenIDConnectProviderArn) =>
        emu.iam().send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: tags(["a", ""]) })),
      UntagOpenIDConnectProvider: (OpenIDConnectProviderArn) =>
        emu.iam().send(new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys: ["a"] })),
      ListOpenIDConnectProviderTags: (OpenIDConnectProviderArn) =>
        emu.iam().send(new ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn })),
    };
    for (const [name, send] of Object.entries(OPERATIONS)) {
      it(`without a provider is refused by ${name}`, () => assert.rejects(send(NOWHERE), notFound));
    }

    it("that is none, or of another kind of resource, is refused", async () => {
      const refusal = (message: string) => ({ name: "ValidationError", message });
      await assert.rejects(get("https://token.example.com"), refusal("Invalid ARN"));
      await assert.rejects(get("arn:aws:iam::000000000000:user/somebody"), refusal("Invalid resource type in ARN"));
    });

    it("of another account's provider finds nothing", async () => {
      const arn = await create("mine.example.com");
      const other = emu.iam({ ...emu.server.rootCredentials, accessKeyId: "333344445555" });
      await assert.rejects(other.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })), {
        name: "NoSuchEntityException",
        message: `OpenIDConnect Provider not found for arn ${arn}`,
      });
    });
  });

  describe("permission", () => {
    it("is asked on the provider", async () => {
      const OpenIDConnectProviderArn = arnOf("asked.example.com/x");
      const on = (action: string, send: (iam: IAMClient) => Promise<unknown>) =>
        asksPermissionOn(emu, `iam:${action}`, OpenIDConnectProviderArn, send);
      await on("CreateOpenIDConnectProvider", (iam) => create("asked.example.com:443/x", {}, iam));
      await on("GetOpenIDConnectProvider", (iam) =>
        iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })),
      );
      await on("AddClientIDToOpenIDConnectProvider", (iam) =>
        iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "x" })),
      );
      await on("RemoveClientIDFromOpenIDConnectProvider", (iam) =>
        iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "x" })),
      );
      await on("UpdateOpenIDConnectProviderThumbprint", (iam) =>
        iam.send(
          new UpdateOpenIDConnectProviderThumbprintCommand({
            OpenIDConnectProviderArn,
            ThumbprintList: [thumbprint("0")],
          }),
        ),
      );
      await on("TagOpenIDConnectProvider", (iam) =>
        iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: tags(["a", ""]) })),
      );
      await on("UntagOpenIDConnectProvider", (iam) =>
        iam.send(new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys: ["a"] })),
      );
      await on("ListOpenIDConnectProviderTags", (iam) =>
        iam.send(new ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn })),
      );
      await on("DeleteOpenIDConnectProvider", (iam) =>
        iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })),
      );
      await asksPermissionOn(emu, "iam:ListOpenIDConnectProviders", arnOf("*"), list);
    });

    it("to tag is asked where a provider is made with tags, before any look at its URL", async () => {
      const caller = await createUser(emu, "creator", { statements: [allow("iam:CreateOpenIDConnectProvider")] });
      await assert.rejects(
        create("tagless.example.com/?x", { Tags: tags(["a", ""]) }, emu.iam(caller.credentials)),
        noPolicyAllows(caller.arn, "iam:TagOpenIDConnectProvider", arnOf("tagless.example.com/?x")),
      );
    });
  });
});
