import { describeStore } from "../../data/store.contract.ts";
import { postgres } from "./postgres.ts";
import { openStoreAt } from "./stores.ts";

describe("the contract of stores", () => {
  const database = postgres({ settings: { fsync: "off" } });
  let url: string;
  before(async () => {
    url = await database.server.newDatabase();
  });

  describeStore("PostgreSQL", { isShared: true }, async () => ({
    outlivesTheStore: true,
    open: async (collections, later) => await openStoreAt(url, { collections, later }),
    clear: async () => void (await database.server.query("DROP SCHEMA iam_local CASCADE", url)),
  }));
});
