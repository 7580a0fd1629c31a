import assert from "node:assert/strict";
import {
  collection,
  ephemeral,
  memoryBackend,
  openStore,
  refuse,
  type Backend,
  type LocalStore,
  type Transaction,
} from "./store.ts";

export interface Pet {
  readonly owner: string;
  readonly name: string;
  readonly kind?: string;
  readonly age: number;
}

export const pets = collection("pets", (p: Pet) => [p.owner, p.name], {
  kind: (p) => (p.kind === undefined ? undefined : [p.owner, p.kind]),
});
export const guests = ephemeral(
  collection("guests", (g: { readonly name: string }) => [g.name], { initial: (g) => [g.name.slice(0, 1)] }),
);
export const visits = collection("visits", (v: { readonly id: string; readonly at: number }) => [v.id]);

const pet = (owner: string, name: string, kind?: string, age = 1): Pet =>
  kind === undefined ? { owner, name, age } : { owner, name, kind, age };
const names = (found: Iterable<Pet>): string[] => [...found].map(({ name }) => name);

/** Where a backend keeps its data, so that a store can be opened on it again. */
export interface Place {
  open(): Promise<Backend>;
  /** Whether a second store opened there sees what the first has stored. */
  readonly outlivesTheStore: boolean;
  clear(): Promise<void>;
}

/** The tests of what a store promises on any backend. */
export function describeStore(what: string, newPlace: () => Promise<Place>): void {
  describe(`A store on ${what}`, () => {
    let place: Place;
    let store: LocalStore;
    let due: (() => void)[];
    const open = async () => {
      due = [];
      return await openStore({
        collections: [pets, visits, guests],
        backend: await place.open(),
        later: (work) => void due.push(work),
      });
    };
    const reopen = async () => {
      await store.close();
      store = await open();
    };
    const read = <R>(work: (tx: Transaction) => R): R => store.transact(work);
    const put = (...entities: Pet[]) => store.transact((tx) => entities.forEach((entity) => tx.put(pets, entity)));
    const petsOf = (owner: string) => read((tx) => names(tx.list(pets, [owner])));

    beforeEach(async () => {
      place = await newPlace();
      store = await open();
    });
    afterEach(async () => {
      await store.close().catch(() => {});
      await place.clear();
    });

    describe("get, put and delete", () => {
      it("finds an entity by its whole key only", () => {
        put(pet("ann", "rex"));
        assert.deepEqual(
          read((tx) => tx.get(pets, "ann", "rex")),
          pet("ann", "rex"),
        );
        assert.equal(
          read((tx) => tx.get(pets, "ann")),
          undefined,
        );
        assert.equal(
          read((tx) => tx.get(pets, "ann", "re")),
          undefined,
        );
        assert.equal(
          read((tx) => tx.get(pets, "ann", "rex", "x")),
          undefined,
        );
      });

      it("replaces the entity of the same key", () => {
        put(pet("ann", "rex", "dog", 1));
        put(pet("ann", "rex", "dog", 2));
        assert.equal(read((tx) => tx.get(pets, "ann", "rex"))?.age, 2);
        assert.equal(
          read((tx) => tx.count(pets, "ann")),
          1,
        );
      });

      it("says whether there was something to delete", () => {
        put(pet("ann", "rex"));
        assert.equal(
          read((tx) => tx.delete(pets, "ann", "rex")),
          true,
        );
        assert.equal(
          read((tx) => tx.delete(pets, "ann", "rex")),
          false,
        );
        assert.equal(
          read((tx) => tx.get(pets, "ann", "rex")),
          undefined,
        );
      });

      it("sees its own changes within the transaction", () => {
        store.transact((tx) => {
          tx.put(pets, pet("ann", "rex", "dog"));
          assert.equal(tx.get(pets, "ann", "rex")?.kind, "dog");
          assert.equal(tx.find(pets, "kind", "ann", "dog")?.name, "rex");
          assert.equal(tx.count(pets), 1);
          tx.delete(pets, "ann", "rex");
          assert.deepEqual(names(tx.list(pets, [])), []);
        });
      });

      it("refuses to store a key that contains NUL or has another number of parts", () => {
        assert.throws(() => put(pet("a\0nn", "rex")), /^Error: the key of pets has a part that contains NUL$/);
        assert.throws(
          () => put(pet("ann", "rex", "d\0g")),
          /^Error: the index kind of pets has a part that contains NUL$/,
        );
        const odd = collection("pets", (p: Pet) => (p.age === 1 ? [p.owner, p.name] : [p.name]));
        const both = [1, 2].map((age) => pet("ann", "rex", undefined, age));
        const opened = openStore({ collections: [odd], backend: memoryBackend() });
        return opened.then((other) => {
          other.transact((tx) => tx.put(odd, both[0]!));
          assert.throws(
            () => other.transact((tx) => tx.put(odd, both[1]!)),
            /^Error: the key of pets has 2 parts, but for one entity 1$/,
          );
        });
      });

      it("finds nothing under a key or prefix that contains NUL", () => {
        put(pet("ann", "rex", "dog"));
        store.transact((tx) => {
          assert.equal(tx.get(pets, "ann\0rex"), undefined);
          assert.equal(tx.delete(pets, "ann\0rex"), false);
          assert.equal(tx.find(pets, "kind", "ann\0dog", "ann"), undefined);
          assert.deepEqual(names(tx.list(pets, ["ann\0rex"])), []);
          assert.deepEqual(names(tx.listBy(pets, "kind", ["ann\0dog"])), []);
          assert.equal(tx.count(pets, "ann\0rex"), 0);
        });
      });
    });

    describe("list, listBy, find and count", () => {
      it("lists in the order of code units, part by part", () => {
        const owners = ["b", "a", "a!", "", "Z", "ä", "😀", "\uFFFD", "a/b"];
        for (const owner of owners) put(pet(owner, "y"), pet(owner, "x"));
        const listed = read((tx) => [...tx.list(pets, [])].map((p) => [p.owner, p.name]));
        assert.deepEqual(
          listed,
          ["", "Z", "a", "a!", "a/b", "b", "ä", "😀", "\uFFFD"].flatMap((owner) => [
            [owner, "x"],
            [owner, "y"],
          ]),
        );
      });

      it("lists under whole parts of a key, not under the beginning of one", () => {
        put(pet("ann", "rex"), pet("anna", "tom"));
        assert.deepEqual(petsOf("ann"), ["rex"]);
        assert.deepEqual(petsOf("an"), []);
        assert.deepEqual(
          read((tx) => names(tx.list(pets, ["ann", "rex"]))),
          ["rex"],
        );
      });

      it("continues behind a key, whether or not it is still there", () => {
        put(...["a", "b", "c", "d"].map((name) => pet("ann", name)), pet("bob", "e"));
        const after = (...key: string[]) => read((tx) => names(tx.list(pets, ["ann"], key)));
        assert.deepEqual(after("ann", "b"), ["c", "d"]);
        assert.deepEqual(after("ann", "bb"), ["c", "d"]);
        assert.deepEqual(after("ann", "d"), []);
        assert.deepEqual(after("aaa", "z"), ["a", "b", "c", "d"]);
        assert.deepEqual(after("zoe", "a"), []);
      });

      it("lists by an index in index order and then key order, without what is not in it", () => {
        put(
          pet("ann", "tom", "cat"),
          pet("ann", "rex", "dog"),
          pet("ann", "kit", "cat"),
          pet("ann", "bee"),
          pet("bob", "max", "cat"),
        );
        assert.deepEqual(
          read((tx) => names(tx.listBy(pets, "kind", ["ann"]))),
          ["kit", "tom", "rex"],
        );
        assert.deepEqual(
          read((tx) => names(tx.listBy(pets, "kind", ["ann", "cat"]))),
          ["kit", "tom"],
        );
        assert.deepEqual(
          read((tx) => names(tx.listBy(pets, "kind", []))),
          ["kit", "tom", "rex", "max"],
        );
      });

      it("finds the first entity under exactly an index key", () => {
        put(pet("ann", "tom", "cat"), pet("ann", "kit", "cat"), pet("ann", "rex", "cattle"));
        assert.equal(read((tx) => tx.find(pets, "kind", "ann", "cat"))?.name, "kit");
        assert.equal(
          read((tx) => tx.find(pets, "kind", "ann", "ca")),
          undefined,
        );
        assert.equal(
          read((tx) => tx.find(pets, "kind", "ann")),
          undefined,
        );
      });

      it("moves an entity in an index, into it and out of it, as the entity changes", () => {
        put(pet("ann", "rex"));
        assert.deepEqual(
          read((tx) => names(tx.listBy(pets, "kind", ["ann"]))),
          [],
        );
        put(pet("ann", "rex", "dog"));
        assert.equal(read((tx) => tx.find(pets, "kind", "ann", "dog"))?.name, "rex");
        put(pet("ann", "rex", "cat"));
        assert.equal(
          read((tx) => tx.find(pets, "kind", "ann", "dog")),
          undefined,
        );
        assert.equal(read((tx) => tx.find(pets, "kind", "ann", "cat"))?.name, "rex");
        put(pet("ann", "rex"));
        assert.deepEqual(
          read((tx) => names(tx.listBy(pets, "kind", ["ann"]))),
          [],
        );
      });

      it("counts under any prefix", () => {
        put(pet("ann", "rex"), pet("ann", "tom"), pet("bob", "max"));
        const count = (...prefix: string[]) => read((tx) => tx.count(pets, ...prefix));
        assert.deepEqual([count(), count("ann"), count("ann", "rex"), count("an"), count("zoe")], [3, 2, 1, 0, 0]);
        read((tx) => tx.delete(pets, "ann", "rex"));
        assert.deepEqual([count(), count("ann"), count("ann", "rex")], [2, 1, 0]);
      });

      it("can delete and insert while it lists", () => {
        put(...["a", "b", "c", "d"].map((name) => pet("ann", name)));
        const seen = store.transact((tx) => {
          const listed: string[] = [];
          for (const { name } of tx.list(pets, ["ann"])) {
            listed.push(name);
            tx.delete(pets, "ann", name);
            if (name === "b") tx.delete(pets, "ann", "c");
            if (name === "b") tx.put(pets, pet("ann", "aa"));
            if (name === "d") tx.put(pets, pet("ann", "e"));
          }
          return listed;
        });
        assert.deepEqual(seen, ["a", "b", "d", "e"]);
        assert.deepEqual(petsOf("ann"), ["aa"]);
      });

      it("names an index or a collection that it does not have", () => {
        assert.throws(
          () => read((tx) => tx.find(pets, "color" as never, "red")),
          /^Error: the collection pets has no index color$/,
        );
        const stones = collection("stones", (s: { id: string }) => [s.id]);
        assert.throws(
          () => read((tx) => tx.get(stones, "1")),
          /^Error: the store was opened without the collection stones$/,
        );
      });
    });

    describe("a transaction", () => {
      const failure = new Error("no");

      it("answers what its work answers", () => {
        assert.equal(
          store.transact(() => 42),
          42,
        );
      });

      it("is undone as a whole by a throw, which it passes on", () => {
        put(pet("ann", "rex", "dog", 1), pet("ann", "tom", "cat"));
        assert.throws(
          () =>
            store.transact((tx) => {
              tx.put(pets, pet("ann", "rex", "cow", 2));
              tx.put(pets, pet("ann", "rex", "pig", 3));
              tx.delete(pets, "ann", "tom");
              tx.put(pets, pet("ann", "new"));
              throw failure;
            }),
          (thrown) => thrown === failure,
        );
        assert.deepEqual(
          read((tx) => [...tx.list(pets, [])]),
          [pet("ann", "rex", "dog", 1), pet("ann", "tom", "cat")],
        );
        assert.deepEqual(
          read((tx) => names(tx.listBy(pets, "kind", ["ann"]))),
          ["tom", "rex"],
        );
        assert.equal(
          read((tx) => tx.count(pets, "ann")),
          2,
        );
      });

      it("commits the changes of a refusal in place of its own, and throws the error of it", async () => {
        assert.throws(
          () =>
            store.transact((tx) => {
              tx.put(pets, pet("ann", "rex"));
              throw refuse(failure, (again) => {
                assert.equal(again.get(pets, "ann", "rex"), undefined);
                again.put(visits, { id: "ann", at: 1 });
              });
            }),
          (thrown) => thrown === failure,
        );
        await store.durable();
        if (place.outlivesTheStore) await reopen();
        assert.deepEqual(petsOf("ann"), []);
        assert.equal(read((tx) => tx.get(visits, "ann"))?.at, 1);
      });

      it("leaves nothing where the changes of a refusal throw", () => {
        assert.throws(
          () =>
            store.transact(() => {
              throw refuse(new Error("unheard"), (tx) => {
                tx.put(pets, pet("ann", "rex"));
                throw failure;
              });
            }),
          (thrown) => thrown === failure,
        );
        assert.deepEqual(petsOf("ann"), []);
      });

      it("must not contain another one", () => {
        assert.throws(
          () =>
            store.transact((tx) => {
              tx.put(pets, pet("ann", "rex"));
              put(pet("ann", "tom"));
            }),
          /^Error: a transaction inside a transaction$/,
        );
        assert.throws(() => store.transact(() => store.reset()), /^Error: a transaction inside a transaction$/);
        assert.deepEqual(petsOf("ann"), []);
      });

      it("must not wait", () => {
        assert.throws(
          () =>
            store.transact(async (tx) => {
              tx.put(pets, pet("ann", "rex"));
              await Promise.reject(failure);
            }),
          /^TypeError: the work of a transaction must not wait, but it returned a promise$/,
        );
        assert.deepEqual(petsOf("ann"), []);
      });

      it("cannot be used after its end, not even by a list that was begun", () => {
        put(pet("ann", "rex"));
        const [leaked, list] = store.transact((tx) => [tx, tx.list(pets, [])]);
        const over = /^Error: a transaction was used after its end$/;
        assert.throws(() => leaked.get(pets, "ann", "rex"), over);
        assert.throws(() => leaked.put(pets, pet("ann", "tom")), over);
        assert.throws(() => names(list), over);
      });
    });

    describe("a note", () => {
      const note = (at: number) => store.transact((tx) => tx.note(visits, { id: "ann", at }));
      const noted = () => read((tx) => tx.get(visits, "ann")?.at);

      it("is visible at once and outlives a throw", () => {
        assert.throws(() =>
          store.transact((tx) => {
            tx.put(visits, { id: "ann", at: 1 });
            tx.note(visits, { id: "ann", at: 2 });
            tx.delete(visits, "ann");
            throw new Error("no");
          }),
        );
        assert.equal(noted(), 2);
      });

      it("is waited for by nobody", () => {
        note(1);
        assert.equal(store.durable(), undefined);
      });

      it("is stored some time later even without a commit", async () => {
        note(1);
        note(2);
        assert.equal(due.length, 1);
        due.pop()!();
        await store.durable();
        if (place.outlivesTheStore) await reopen();
        assert.equal(noted(), 2);
        note(3);
        assert.equal(due.length, 1);
      });

      it("is stored at the close", async () => {
        note(1);
        const [storeNotes] = due;
        await reopen();
        assert.equal(noted(), place.outlivesTheStore ? 1 : undefined);
        storeNotes!();
      });

      it("yields to a later commit that deletes the entity", async () => {
        note(1);
        read((tx) => tx.delete(visits, "ann"));
        due.forEach((work) => work());
        await reopen();
        assert.equal(noted(), undefined);
      });
    });

    describe("a checkpoint", () => {
      const all = () => read((tx) => [...tx.list(pets, [])].map(({ owner, name, age }) => `${owner}/${name} ${age}`));

      it("brings back what was changed, removed and noted, and takes away what was added, also from the backend", async () => {
        put(pet("ann", "rex"), pet("ann", "tom"), pet("bob", "kit"));
        const then = store.remember();
        const before = all();
        put(pet("ann", "rex", "dog", 2), pet("ann", "new"));
        put(pet("ann", "rex", "dog", 3));
        store.transact((tx) => {
          tx.delete(pets, "ann", "tom");
          tx.note(visits, { id: "bob", at: 9 });
        });
        store.goBackTo(then);
        assert.deepEqual(all(), before);
        assert.equal(
          read((tx) => tx.get(visits, "bob")),
          undefined,
        );
        assert.equal(
          read((tx) => tx.find(pets, "kind", "ann", "dog")),
          undefined,
        );
        if (place.outlivesTheStore) {
          await reopen();
          assert.deepEqual(all(), before);
        }
      });

      it("can be gone back to any number of times, before and after others", () => {
        put(pet("ann", "one"));
        const first = store.remember();
        put(pet("ann", "two"));
        const second = store.remember();
        put(pet("ann", "three"));
        for (let round = 0; round < 2; round++) {
          store.goBackTo(first);
          assert.deepEqual(petsOf("ann"), ["one"]);
          store.goBackTo(second);
          assert.deepEqual(petsOf("ann"), ["one", "two"]);
          put(pet("ann", "more"));
        }
        store.goBackTo(first);
        assert.deepEqual(petsOf("ann"), ["one"]);
      });

      it("is not reached by what was undone", () => {
        put(pet("ann", "rex"));
        const then = store.remember();
        assert.throws(
          () =>
            store.transact((tx) => {
              tx.put(pets, pet("ann", "rex", "dog", 5));
              throw new Error("no");
            }),
          /^Error: no$/,
        );
        store.goBackTo(then);
        assert.deepEqual(all(), ["ann/rex 1"]);
      });

      it("ends with a reset, and when it is forgotten", () => {
        const [forgotten, ended] = [store.remember(), store.remember()];
        const gone = /^Error: the checkpoint was forgotten, or ended with a reset$/;
        store.forget(forgotten);
        assert.throws(() => store.goBackTo(forgotten), gone);
        store.goBackTo(ended);
        store.reset();
        assert.throws(() => store.goBackTo(ended), gone);
      });
    });

    describe("what is ephemeral", () => {
      const invite = (...invited: string[]) =>
        store.transact((tx) => invited.forEach((name) => tx.put(guests, { name })));
      const present = () => read((tx) => Array.from(tx.list(guests, []), ({ name }) => name));

      it("is found, listed, counted, removed and undone like anything else", () => {
        invite("ann", "amy", "bob");
        assert.equal(read((tx) => tx.find(guests, "initial", "a"))?.name, "amy");
        assert.equal(
          read((tx) => tx.count(guests)),
          3,
        );
        assert.throws(() =>
          store.transact((tx) => {
            tx.delete(guests, "amy");
            tx.put(guests, { name: "zoe" });
            throw new Error("no");
          }),
        );
        store.transact((tx) => tx.delete(guests, "bob"));
        assert.deepEqual(present(), ["amy", "ann"]);
      });

      it("ends with the store, and what was committed beside it does not", async () => {
        store.transact((tx) => {
          tx.put(guests, { name: "ann" });
          tx.put(pets, pet("ann", "rex"));
        });
        invite("bob");
        await reopen();
        assert.deepEqual(present(), []);
        assert.deepEqual(petsOf("ann"), place.outlivesTheStore ? ["rex"] : []);
      });

      it("is nothing to wait for", () => {
        invite("ann");
        assert.equal(store.durable(), undefined);
      });

      it("stays as it is where a checkpoint is gone back to", () => {
        invite("ann", "bob");
        const then = store.remember();
        invite("zoe");
        store.transact((tx) => {
          tx.delete(guests, "bob");
          tx.put(pets, pet("ann", "rex"));
        });
        store.goBackTo(then);
        assert.deepEqual(present(), ["ann", "zoe"]);
        assert.deepEqual(petsOf("ann"), []);
      });

      it("ends with a reset", () => {
        invite("ann");
        store.reset((tx) => tx.put(guests, { name: "bob" }));
        assert.deepEqual(present(), ["bob"]);
      });
    });

    describe("durability", () => {
      it("has nothing to wait for after a transaction that only read, or was undone", async () => {
        put(pet("ann", "rex"));
        await store.durable();
        petsOf("ann");
        assert.throws(() =>
          store.transact((tx) => {
            tx.put(pets, pet("ann", "tom"));
            throw new Error("no");
          }),
        );
        assert.equal(store.durable(), undefined);
      });

      it("keeps all commits over a close, where anything outlives it", async () => {
        put(pet("ann", "rex", "dog"), pet("ann", 'say "ä\n😀"\u2028\ud800', "cat"), pet("bob", "max"));
        read((tx) => tx.delete(pets, "bob", "max"));
        const before = read((tx) => [...tx.list(pets, [])]);
        await reopen();
        assert.deepEqual(
          read((tx) => [...tx.list(pets, [])]),
          place.outlivesTheStore ? before : [],
        );
        await reopen();
        assert.equal(
          read((tx) => tx.find(pets, "kind", "ann", "dog"))?.name,
          place.outlivesTheStore ? "rex" : undefined,
        );
        assert.equal(
          read((tx) => tx.count(pets)),
          place.outlivesTheStore ? 2 : 0,
        );
      });

      it("removes everything by a reset, for good", async () => {
        put(pet("ann", "rex", "dog"));
        store.transact((tx) => tx.note(visits, { id: "ann", at: 1 }));
        await reopen();
        put(pet("ann", "tom", "cat"));
        store.reset();
        await store.durable();
        assert.deepEqual(
          read((tx) => [...tx.list(pets, []), ...tx.list(visits, [])]),
          [],
        );
        assert.equal(
          read((tx) => tx.count(pets)),
          0,
        );
        put(pet("bob", "max"));
        due.forEach((work) => work());
        await reopen();
        const after = read((tx) => [...tx.list(pets, []), ...tx.list(visits, [])]);
        assert.deepEqual(after, place.outlivesTheStore ? [pet("bob", "max")] : []);
      });

      it("closes once, and does nothing afterwards", async () => {
        put(pet("ann", "rex"));
        const closing = store.close();
        assert.equal(store.close(), closing);
        await closing;
        assert.throws(() => petsOf("ann"), /^Error: the store is closed$/);
        assert.throws(() => store.reset(), /^Error: the store is closed$/);
      });
    });
  });
}
