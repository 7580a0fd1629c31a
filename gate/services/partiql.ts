import { CannotMap } from "../cannot-map.ts";

/** What a statement of PartiQL does, as far as permissions go. */
export interface Statement {
  readonly kind: "Select" | "Insert" | "Update" | "Delete";
  readonly table: string;
  readonly index?: string;
  /** What follows WHERE; undefined without one. */
  readonly where: readonly Token[] | undefined;
}

export interface Token {
  readonly kind: "word" | "quoted" | "text" | "sign";
  /** Without its quotes. */
  readonly text: string;
}

/** Of a statement, in characters. */
const LONGEST = 8192;

const SPACE = /\s+/y;
const WORD = /[A-Za-z_$][\w$-]*/y;
const NUMBER = /\d[\w.]*/y;
const QUOTED = /"((?:[^"]|"")*)"/y;
const TEXT = /'((?:[^']|'')*)'/y;

/** Comments hide from one reader what another sees, so they are refused. Throws CannotMap. */
function tokens(statement: string): readonly Token[] {
  const found: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const match = pattern.exec(statement);
    if (match) at = pattern.lastIndex;
    return match;
  };
  while (at < statement.length) {
    if (take(SPACE)) continue;
    const word = take(WORD) ?? take(NUMBER);
    const quoted = word ? null : take(QUOTED);
    const text = word || quoted ? null : take(TEXT);
    // To others a comment begins here.
    if (word?.[0].includes("--")) throw unreadable();
    if (word) found.push({ kind: "word", text: word[0] });
    else if (quoted) found.push({ kind: "quoted", text: quoted[1]!.replaceAll('""', '"') });
    else if (text) found.push({ kind: "text", text: text[1]!.replaceAll("''", "'") });
    else if (/^(?:--|\/\*|"|'|`)/.test(statement.slice(at))) throw unreadable();
    else found.push({ kind: "sign", text: statement[at++]! });
  }
  return found;
}

const unreadable = () => new CannotMap("The gate cannot read the statement of PartiQL.");

/**
 * Reads the table and the kind of a statement. One that names a second table (a join, a subquery, a second statement) is
 * none that DynamoDB has. Throws CannotMap.
 */
export function readStatement(text: string): Statement {
  if (text.length > LONGEST) throw unreadable();
  const all = tokens(text);
  // A `;` at the end is allowed.
  const parts = all.at(-1)?.text === ";" && all.at(-1)?.kind === "sign" ? all.slice(0, -1) : all;
  const is = (place: number, word: string) => parts[place]?.kind === "word" && parts[place].text.toUpperCase() === word;
  const places = (word: string) => parts.flatMap((_, place) => (is(place, word) ? [place] : []));
  const wheres = places("WHERE");
  const where = wheres.length === 0 ? undefined : parts.slice(wheres[0]! + 1);
  // EXISTS(SELECT …) in a transaction is a statement of its own kind.
  const selects = places("SELECT");
  const froms = places("FROM");
  const second = (count: readonly number[]) => count.length > 1;
  if (
    parts.some(({ kind, text: sign }) => kind === "sign" && sign === ";") ||
    second(selects) ||
    second(froms) ||
    second(wheres)
  ) {
    throw unreadable();
  }
  if (froms.length === 1 && joins(parts.slice(froms[0]! + 1))) throw unreadable();
  if (is(0, "SELECT") && froms.length === 1) return { kind: "Select", ...tableAt(parts, froms[0]! + 1), where };
  if (is(0, "EXISTS") && is(2, "SELECT") && froms.length === 1) {
    return { kind: "Select", ...tableAt(parts, froms[0]! + 1), where };
  }
  if (selects.length > 0) throw unreadable();
  if (is(0, "DELETE") && is(1, "FROM")) return { kind: "Delete", ...tableAt(parts, 2), where };
  if (froms.length > 0) throw unreadable();
  if (is(0, "INSERT") && is(1, "INTO")) return { kind: "Insert", ...tableAt(parts, 2), where };
  if (is(0, "UPDATE")) return { kind: "Update", ...tableAt(parts, 1), where };
  throw unreadable();
}

/** Whether what follows FROM names more than one table. */
function joins(parts: readonly Token[]): boolean {
  const end = parts.findIndex(({ kind, text }) => kind === "word" && /^(?:WHERE|ORDER)$/i.test(text));
  return (end < 0 ? parts : parts.slice(0, end)).some(
    ({ kind, text }) => (kind === "sign" && text === ",") || (kind === "word" && /^JOIN$/i.test(text)),
  );
}

/** `"Music"`, `Music` or `"Music"."AlbumIndex"`. */
function tableAt(parts: readonly Token[], place: number): { table: string; index?: string } {
  const name = (at: number) =>
    parts[at]?.kind === "word" || parts[at]?.kind === "quoted" ? parts[at].text : undefined;
  const table = name(place);
  if (table === undefined) throw unreadable();
  if (parts[place + 1]?.text === "," && parts[place + 1]?.kind === "sign") throw unreadable();
  if (parts[place + 1]?.text !== "." || parts[place + 1]?.kind !== "sign") return { table };
  const index = name(place + 2);
  if (index === undefined || parts[place + 3]?.text === ",") throw unreadable();
  return { table, index };
}
