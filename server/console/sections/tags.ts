import { section, table } from "../components.ts";
import type { Html, Value } from "../html.ts";

interface Tag {
  readonly Key: string | undefined;
  readonly Value: string | undefined;
}

/** The tags of a resource. `action` renders what can be done with one; `more` is placed below them. */
export const tags = (list: readonly Tag[] = [], action?: (key: string) => Value, more?: Value): Html =>
  section(
    "Tags",
    table(
      "Tags",
      ["Key", "Value", ...(action ? ["Actions"] : [])],
      list.map(({ Key, Value }) => [Key, Value, ...(action ? [action(Key!)] : [])]),
      "There are no tags.",
    ),
    more,
  );
