import assert from "node:assert/strict";
import { collection, ephemeral, refuse, type Collection, type Store, type Transaction } from "./store.ts";

export interface Pet {
  readonly owner: string;
  readonly name: string;
  readonly kind?: string;
  readonly age: number;
}

export const pets = collection("pets", (p: Pet) => [p.owner, p.name], {
  kind: (p) => (p.kind === undefined ? undefined : [p.owner, p.kind]),
});
export const visits = collection("visits", (v: { readonly id: string; readonly at: number }) => [v.id]);
export const guests = ephemeral(collection("guests", (g: { readonly id: string; readonly at: number }) => [g.id]));

const pet = (owner: string, name: string, kind?: string, age = 1): Pet =>
  kind === undefined ? { owner, name, age } : { owner, name, kind, age };
const names = (found: Iterable<Pet>): string[] => [...found].map(({ name }) => name);

/** Where a store keeps its state, so that it can be opened there again. */
export interface Place {
  /** Opens a store, which calls `later` for what it is to do some time later. */
  open(collections: readonly Collection<never>[], later: (work: () => void) => void): Promise<Store>;
  /** Whether a second store opened there sees what the first has stored. */
  readonly outlivesTheStore: boolean;
  clear(): Promise<void>;
}

/**
 * The tests of what a store promises, whatever it keeps its state in. Several stores that share a place can be open there at
 * once, and have no checkpoints.
 */
export function describeStore(
  what: string,
  { isShared }: { readonly isShared: boolean },
  newPlace: () => Promise<Place>,
) {
  describe(`A store on ${what}`, () => {
    let place: Place;
    let store: Store;
    let due: (() => void)[];
    const open = async (collections: readonly Collection<never>[] = [pets, visits, guests]) => {
      due = [];
      return await place.open(collections, (work) => void due.push(work));
    };
    const reopen = async () => {
      await store.close();
      store = await open();
    };
    const read = <R>(work: (tx: Transaction) => R): R => store.read(work);
    const change = async <R>(work: (tx: Transaction) => R): Promise<R> => await store.transact(work);
    const put = (...entities: Pet[]) => change((tx) => entities.forEach((entity) => tx.put(pets, entity)));
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
      it("finds an entity by its whole key only", async () => {
        await put(pet("ann", "rex"));
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

      it("replaces the entity of the same key", async () => {
        await put(pet("ann", "rex", "dog", 1));
        await put(pet("ann", "rex", "dog", 2));
        assert.equal(read((tx) => tx.get(pets, "ann", "rex"))?.age, 2);
        assert.equal(
          read((tx) => tx.count(pets, "ann")),
          1,
        );
      });

      it("says whether there was something to delete", async () => {
        await put(pet("ann", "rex"));
        assert.equal(await change((tx) => tx.delete(pets, "ann", "rex")), true);
        assert.equal(await change((tx) => tx.delete(pets, "ann", "rex")), false);
        assert.equal(
          read((tx) => tx.get(pets, "ann", "rex")),
          undefined,
        );
      });

      it("sees its own changes within the transaction", async () => {
        await store.transact((tx) => {
          tx.put(pets, pet("ann", "rex", "dog"));
          assert.equal(tx.get(pets, "ann", "rex")?.kind, "dog");
          assert.equal(tx.find(pets, "kind", "ann", "dog")?.name, "rex");
          assert.equal(tx.count(pets), 1);
          tx.delete(pets, "ann", "rex");
          assert.deepEqual(names(tx.list(pets, [])), []);
        });
      });

      it("refuses to store a key that contains NUL or has another number of parts", async () => {
        await assert.rejects(put(pet("a\0nn", "rex")), /^Error: the key of pets has a part that contains NUL$/);
        await assert.rejects(
          put(pet("ann", "rex", "d\0g")),
          /^Error: the index kind of pets has a part that contains NUL$/,
        );
        const odd = collection("pets", (p: Pet) => (p.age === 1 ? [p.owner, p.name] : [p.name]));
        const both = [1, 2].map((age) => pet("ann", "rex", undefined, age));
        await store.close();
        store = await open([odd]);
        await change((tx) => tx.put(odd, both[0]!));
        await assert.rejects(
          change((tx) => tx.put(odd, both[1]!)),
          /^Error: the key of pets has 2 parts, but for one entity 1$/,
        );
      });

      it("finds nothing under a key or prefix that contains NUL", async () => {
        await put(pet("ann", "rex", "dog"));
        await store.transact((tx) => {
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
      it("lists in the order of code units, part by part", async () => {
        const owners = ["b", "a", "a!", "", "Z", "ä", "😀", "\uFFFD", "a/b"];
        for (const owner of owners) await put(pet(owner, "y"), pet(owner, "x"));
        const listed = read((tx) => [...tx.list(pets, [])].map((p) => [p.owner, p.name]));
        assert.deepEqual(
          listed,
          ["", "Z", "a", "a!", "a/b", "b", "ä", "😀", "\uFFFD"].flatMap((owner) => [
            [owner, "x"],
            [owner, "y"],
          ]),
        );
      });

      it("lists under whole parts of a key, not under the beginning of one", async () => {
        await put(pet("ann", "rex"), pet("anna", "tom"));
        assert.deepEqual(petsOf("ann"), ["rex"]);
        assert.deepEqual(petsOf("an"), []);
        assert.deepEqual(
          read((tx) => names(tx.list(pets, ["ann", "rex"]))),
          ["rex"],
        );
      });

      it("continues behind a key, whether or not it is still there", async () => {
        await put(...["a", "b", "c", "d"].map((name) => pet("ann", name)), pet("bob", "e"));
        const after = (...key: string[]) => read((tx) => names(tx.list(pets, ["ann"], key)));
        assert.deepEqual(after("ann", "b"), ["c", "d"]);
        assert.deepEqual(after("ann", "bb"), ["c", "d"]);
        assert.deepEqual(after("ann", "d"), []);
        assert.deepEqual(after("aaa", "z"), ["a", "b", "c", "d"]);
        assert.deepEqual(after("zoe", "a"), []);
      });

      it("lists by an index in index order and then key order, without what is not in it", async () => {
        await put(
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

      it("finds the first entity under exactly an index key", async () => {
        await put(pet("ann", "tom", "cat"), pet("ann", "kit", "cat"), pet("ann", "rex", "cattle"));
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

      it("moves an entity in an index, into it and out of it, as the entity changes", async () => {
        await put(pet("ann", "rex"));
        assert.deepEqual(
          read((tx) => names(tx.listBy(pets, "kind", ["ann"]))),
          [],
        );
        await put(pet("ann", "rex", "dog"));
        assert.equal(read((tx) => tx.find(pets, "kind", "ann", "dog"))?.name, "rex");
        await put(pet("ann", "rex", "cat"));
        assert.equal(
          read((tx) => tx.find(pets, "kind", "ann", "dog")),
          undefined,
        );
        assert.equal(read((tx) => tx.find(pets, "kind", "ann", "cat"))?.name, "rex");
        await put(pet("ann", "rex"));
        assert.deepEqual(
          read((tx) => names(tx.listBy(pets, "kind", ["ann"]))),
          [],
        );
      });

      it("counts under any prefix", async () => {
        await put(pet("ann", "rex"), pet("ann", "tom"), pet("bob", "max"));
        const count = (...prefix: string[]) => read((tx) => tx.count(pets, ...prefix));
        assert.deepEqual([count(), count("ann"), count("ann", "rex"), count("an"), count("zoe")], [3, 2, 1, 0, 0]);
        await change((tx) => tx.delete(pets, "ann", "rex"));
        assert.deepEqual([count(), count("ann"), count("ann", "rex")], [2, 1, 0]);
      });

      it("can delete and insert while it lists", async () => {
        await put(...["a", "b", "c", "d"].map((name) => pet("ann", name)));
        const seen = await store.transact((tx) => {
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

      it("names an index or a collection that it does not have", async () => {
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

      it("answers what its work answers", async () => {
        assert.equal(await store.transact(() => 42), 42);
      });

      it("is undone as a whole by a throw, which it passes on", async () => {
        await put(pet("ann", "rex", "dog", 1), pet("ann", "tom", "cat"));
        await assert.rejects(
          async () =>
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
        await assert.rejects(
          async () =>
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

      it("leaves nothing where the changes of a refusal throw", async () => {
        await assert.rejects(
          async () =>
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

      it("must not contain another one", async () => {
        await assert.rejects(
          async () =>
            store.transact((tx) => {
              tx.put(pets, pet("ann", "rex"));
              void store.transact(() => {});
            }),
          /^Error: a transaction inside a transaction$/,
        );
        await assert.rejects(
          async () => store.transact(() => store.reset()),
          /^Error: a transaction inside a transaction$/,
        );
        assert.deepEqual(petsOf("ann"), []);
      });

      it("must not wait", async () => {
        await assert.rejects(
          async () =>
            store.transact(async (tx) => {
              tx.put(pets, pet("ann", "rex"));
              await Promise.reject(failure);
            }),
          /^TypeError: the work of a transaction must not wait, but it returned a promise$/,
        );
        assert.deepEqual(petsOf("ann"), []);
      });

      it("cannot be used after its end, not even by a list that was begun", async () => {
        await put(pet("ann", "rex"));
        const [leaked, list] = await store.transact((tx) => [tx, tx.list(pets, [])]);
        const over = /^Error: a transaction was used after its end$/;
        assert.throws(() => leaked.get(pets, "ann", "rex"), over);
        assert.throws(() => leaked.put(pets, pet("ann", "tom")), over);
        assert.throws(() => names(list), over);
      });
    });

    describe("a read", () => {
      it("answers what its work answers, and passes on what it throws", async () => {
        await put(pet("ann", "rex"));
        assert.equal(
          read((tx) => tx.get(pets, "ann", "rex")?.age),
          1,
        );
        const failure = new Error("no");
        assert.throws(
          () =>
            read(() => {
              throw failure;
            }),
          (thrown) => thrown === failure,
        );
      });

      it("refuses to write, and can go on after that", async () => {
        await put(pet("ann", "rex"));
        const announced = /^Error: a write where only reads were announced$/;
        assert.throws(() => read((tx) => tx.put(pets, pet("ann", "tom"))), announced);
        assert.throws(() => read((tx) => tx.delete(pets, "ann", "rex")), announced);
        const [caught, found] = read((tx) => {
          try {
            tx.put(pets, pet("ann", "tom"));
          } catch (thrown) {
            return [thrown, names(tx.list(pets, []))];
          }
        })!;
        assert.match(String(caught), announced);
        assert.deepEqual(found, ["rex"]);
        await put(pet("ann", "tom"));
        assert.deepEqual(petsOf("ann"), ["rex", "tom"]);
      });

      it("may note, even if it throws", async () => {
        assert.throws(() =>
          read((tx) => {
            tx.note(visits, { id: "ann", at: 1 });
            throw new Error("no");
          }),
        );
        assert.equal(read((tx) => tx.get(visits, "ann"))?.at, 1);
        await reopen();
        assert.equal(read((tx) => tx.get(visits, "ann"))?.at, place.outlivesTheStore ? 1 : undefined);
      });

      it("must not wait, contain another one or a transaction, or be used after its end", async () => {
        assert.throws(() => read(async () => {}), /^TypeError: the work of a transaction must not wait/);
        const inside = /^Error: a transaction inside a transaction$/;
        assert.throws(() => read(() => petsOf("ann")), inside);
        assert.throws(() => read(() => store.transact(() => 1)), inside);
        await assert.rejects(
          change(() => petsOf("ann")),
          inside,
        );
        const leaked = read((tx) => tx);
        assert.throws(() => leaked.get(pets, "ann", "rex"), /^Error: a transaction was used after its end$/);
      });
    });

    describe("an ephemeral collection", () => {
      const at = () => read((tx) => tx.get(guests, "ann")?.at);

      it("is written, read, noted and undone like any other", async () => {
        await change((tx) => tx.put(guests, { id: "ann", at: 1 }));
        await assert.rejects(
          change((tx) => {
            tx.put(guests, { id: "ann", at: 2 });
            throw new Error("no");
          }),
          /^Error: no$/,
        );
        assert.equal(at(), 1);
        read((tx) => tx.note(guests, { id: "ann", at: 3 }));
        assert.equal(at(), 3);
        await change((tx) => tx.delete(guests, "ann"));
        assert.equal(at(), undefined);
      });

      it("lives as long as the emulator: no folder keeps it, a database that is shared does", async () => {
        await change((tx) => {
          tx.put(guests, { id: "ann", at: 1 });
          tx.put(pets, pet("ann", "rex"));
        });
        await change((tx) => tx.put(guests, { id: "bob", at: 1 }));
        read((tx) => tx.note(guests, { id: "eve", at: 1 }));
        due.forEach((work) => work());
        await reopen();
        assert.deepEqual(
          read((tx) => [...tx.list(guests, [])].map(({ id }) => id)),
          isShared ? ["ann", "bob", "eve"] : [],
        );
        assert.deepEqual(petsOf("ann"), place.outlivesTheStore ? ["rex"] : []);
      });

      it("ends with a reset, for good", async () => {
        await change((tx) => tx.put(guests, { id: "ann", at: 1 }));
        await store.reset();
        assert.equal(at(), undefined);
        await reopen();
        assert.equal(at(), undefined);
      });
    });

    describe("a note", () => {
      const note = (at: number) => change((tx) => tx.note(visits, { id: "ann", at }));
      const noted = () => read((tx) => tx.get(visits, "ann")?.at);

      it("is visible at once and outlives a throw", async () => {
        await assert.rejects(async () =>
          store.transact((tx) => {
            tx.put(visits, { id: "ann", at: 1 });
            tx.note(visits, { id: "ann", at: 2 });
            tx.delete(visits, "ann");
            throw new Error("no");
          }),
        );
        assert.equal(noted(), 2);
      });

      it("is waited for by nobody", async () => {
        await note(1);
        assert.equal(store.durable(), undefined);
      });

      it("is stored some time later even without a commit", async () => {
        await note(1);
        await note(2);
        assert.equal(due.length, 1);
        due.pop()!();
        await store.durable();
        if (place.outlivesTheStore) await reopen();
        assert.equal(noted(), 2);
        await note(3);
        assert.equal(due.length, 1);
      });

      it("is stored at the close", async () => {
        await note(1);
        const [storeNotes] = due;
        await reopen();
        assert.equal(noted(), place.outlivesTheStore ? 1 : undefined);
        storeNotes!();
      });

      it("yields to a later commit that writes the entity", async () => {
        await note(5);
        await change((tx) => tx.put(visits, { id: "ann", at: 1 }));
        assert.equal(noted(), 1);
        due.forEach((work) => work());
        await reopen();
        assert.equal(noted(), place.outlivesTheStore ? 1 : undefined);
      });

      it("yields to a deletion in the same transaction", async () => {
        await change((tx) => tx.put(visits, { id: "ann", at: 1 }));
        await change((tx) => {
          tx.note(visits, { id: "ann", at: 2 });
          tx.delete(visits, "ann");
        });
        assert.equal(noted(), undefined);
        due.forEach((work) => work());
        await reopen();
        assert.equal(noted(), undefined);
      });

      it("yields to a later commit that deletes the entity", async () => {
        await note(1);
        await change((tx) => tx.delete(visits, "ann"));
        due.forEach((work) => work());
        await reopen();
        assert.equal(noted(), undefined);
      });
    });

    if (isShared) describeSharing();
    else describeCheckpoints();

    function describeSharing() {
      it("has no checkpoints, and says so", () => {
        const none = /^Error: a shared store has no checkpoints$/;
        assert.throws(() => store.remember(), none);
        assert.throws(() => store.forget(undefined as never), none);
        assert.throws(() => store.goBackTo(undefined as never), none);
      });
    }

    function describeCheckpoints() {
      describe("a checkpoint", () => {
        const all = () => read((tx) => [...tx.list(pets, [])].map(({ owner, name, age }) => `${owner}/${name} ${age}`));

        it("brings back what was changed, removed and noted, and takes away what was added, also from the backend", async () => {
          await put(pet("ann", "rex"), pet("ann", "tom"), pet("bob", "kit"));
          const then = store.remember();
          const before = all();
          await put(pet("ann", "rex", "dog", 2), pet("ann", "new"));
          await put(pet("ann", "rex", "dog", 3));
          await store.transact((tx) => {
            tx.delete(pets, "ann", "tom");
            tx.note(visits, { id: "bob", at: 9 });
          });
          await store.goBackTo(then);
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

        it("can be gone back to any number of times, before and after others", async () => {
          await put(pet("ann", "one"));
          const first = store.remember();
          await put(pet("ann", "two"));
          const second = store.remember();
          await put(pet("ann", "three"));
          for (let round = 0; round < 2; round++) {
            await store.goBackTo(first);
            assert.deepEqual(petsOf("ann"), ["one"]);
            await store.goBackTo(second);
            assert.deepEqual(petsOf("ann"), ["one", "two"]);
            await put(pet("ann", "more"));
          }
          await store.goBackTo(first);
          assert.deepEqual(petsOf("ann"), ["one"]);
        });

        it("is not reached by what was undone", async () => {
          await put(pet("ann", "rex"));
          const then = store.remember();
          await assert.rejects(
            async () =>
              store.transact((tx) => {
                tx.put(pets, pet("ann", "rex", "dog", 5));
                throw new Error("no");
              }),
            /^Error: no$/,
          );
          await store.goBackTo(then);
          assert.deepEqual(all(), ["ann/rex 1"]);
        });

        it("ends with a reset, and when it is forgotten", async () => {
          const [forgotten, ended] = [store.remember(), store.remember()];
          const gone = /^Error: the checkpoint was forgotten, or ended with a reset$/;
          store.forget(forgotten);
          await assert.rejects(async () => store.goBackTo(forgotten), gone);
          await store.goBackTo(ended);
          await store.reset();
          await assert.rejects(async () => store.goBackTo(ended), gone);
        });
      });
    }

    describe("a reset", () => {
      it("lets grow what the next state begins with", async () => {
        await put(pet("ann", "rex", "dog"));
        await store.reset((tx) => {
          assert.equal(tx.count(pets), 0);
          tx.put(pets, pet("bob", "max", "dog"));
          tx.put(guests, { id: "bob", at: 1 });
        });
        assert.deepEqual([petsOf("ann"), petsOf("bob")], [[], ["max"]]);
        assert.equal(
          read((tx) => tx.find(pets, "kind", "ann", "dog")),
          undefined,
        );
        assert.equal(read((tx) => tx.get(guests, "bob"))?.at, 1);
        await reopen();
        assert.deepEqual([petsOf("ann"), petsOf("bob")], [[], place.outlivesTheStore ? ["max"] : []]);
      });

      it("has removed everything even if what is to grow throws", async () => {
        await put(pet("ann", "rex"));
        const failure = new Error("no");
        await assert.rejects(
          async () =>
            store.reset((tx) => {
              tx.put(pets, pet("bob", "max"));
              throw failure;
            }),
          (thrown) => thrown === failure,
        );
        assert.equal(
          read((tx) => tx.count(pets)),
          0,
        );
        await reopen();
        assert.equal(
          read((tx) => tx.count(pets)),
          0,
        );
      });

      it("ends the notes that nothing has stored yet", async () => {
        read((tx) => tx.note(visits, { id: "ann", at: 1 }));
        await store.reset();
        due.forEach((work) => work());
        await reopen();
        assert.equal(
          read((tx) => tx.get(visits, "ann")),
          undefined,
        );
      });
    });

    describe("durability", () => {
      it("has nothing to wait for after a transaction that only read, or was undone", async () => {
        await put(pet("ann", "rex"));
        await store.durable();
        petsOf("ann");
        await assert.rejects(async () =>
          store.transact((tx) => {
            tx.put(pets, pet("ann", "tom"));
            throw new Error("no");
          }),
        );
        assert.equal(store.durable(), undefined);
      });

      it("keeps all commits over a close, where anything outlives it", async () => {
        await put(pet("ann", "rex", "dog"), pet("ann", 'say "ä\n😀"\u2028\ud800', "cat"), pet("bob", "max"));
        await change((tx) => tx.delete(pets, "bob", "max"));
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
        await put(pet("ann", "rex", "dog"));
        await store.transact((tx) => tx.note(visits, { id: "ann", at: 1 }));
        await reopen();
        await put(pet("ann", "tom", "cat"));
        await store.reset();
        await store.durable();
        assert.deepEqual(
          read((tx) => [...tx.list(pets, []), ...tx.list(visits, [])]),
          [],
        );
        assert.equal(
          read((tx) => tx.count(pets)),
          0,
        );
        await put(pet("bob", "max"));
        due.forEach((work) => work());
        await reopen();
        const after = read((tx) => [...tx.list(pets, []), ...tx.list(visits, [])]);
        assert.deepEqual(after, place.outlivesTheStore ? [pet("bob", "max")] : []);
      });

      it("closes once, and does nothing afterwards", async () => {
        await put(pet("ann", "rex"));
        const closing = store.close();
        assert.equal(store.close(), closing);
        await closing;
        assert.throws(() => petsOf("ann"), /^Error: the store is closed$/);
        await assert.rejects(async () => store.reset(), /^Error: the store is closed$/);
      });
    });
  });
}
