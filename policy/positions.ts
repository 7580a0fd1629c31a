import { readJson, type Json } from "./json.ts";
import { locationsIn, type Location } from "./locations.ts";

/** The place of a statement. */
export interface StatementPosition {
  readonly start: Location;
  readonly end: Location;
}

/**
 * The place of each statement of a valid document, as the simulator reports it: from just after the token before it
 * (for a lone statement, just after its opening brace) to just after its closing brace (evidence: simulator-positions).
 */
export function statementPositions(text: string): StatementPosition[] {
  const written = memberOf(readJson(text).json, "Statement");
  if (written === undefined) return [];
  const location = locationsIn(text);
  const list = written.type === "list" ? written.items : [written];
  return list.map(({ end }, index) => ({
    start: location(index === 0 ? written.start + 1 : list[index - 1]!.end),
    end: location(end),
  }));
}

/** A statement of a valid document, by its place from 0, as it is written. */
export function statementText(text: string, index: number): string {
  const written = memberOf(readJson(text).json, "Statement");
  const statement = written?.type === "list" ? written.items[index] : written;
  return statement === undefined ? "" : text.slice(statement.start, statement.end);
}

/** Each statement of a valid document, from its opening brace to just after its closing one. */
export function statementSpans(text: string): readonly Json[] {
  const written = memberOf(readJson(text).json, "Statement");
  if (written === undefined) return [];
  return written.type === "list" ? written.items : [written];
}

/** The Principal of each statement of a valid document, where it is an object. */
export function principalSpans(text: string): Json[] {
  return statementSpans(text)
    .map((statement) => memberOf(statement, "Principal"))
    .filter((principal) => principal?.type === "object");
}

const memberOf = (json: Json | undefined, name: string): Json | undefined =>
  json?.type === "object" ? json.members.get(name)?.value : undefined;
