import type { Location, Path, Place } from "../server/seed/place.ts";
import type { ReadSeed } from "../server/seed/source.ts";
import { jsonLocations } from "./test-source.ts";

/** The file that a policy document stands in, and where in it what is at a path of the document. */
export interface DocumentPlace {
  readonly file: string;
  at(path: Path): Location;
}

/** Policy documents, as they are stored -> where they were read. */
export type DocumentPlaces = Map<string, DocumentPlace>;

/** Notes where the documents stand that a source holds, and those in the files that it names. */
export function noteDocuments({ root, files }: Pick<ReadSeed, "root" | "files">, places: DocumentPlaces): void {
  for (const { path, text } of files) noteFile(path, text, places);
  noteIn(root, places);
}

/** Notes a file that is a policy document as a whole. */
export function noteFile(file: string, text: string, places: DocumentPlaces): void {
  if (!places.has(text)) places.set(text, { file, at: jsonLocations(text) });
}

function noteIn(place: Place, places: DocumentPlaces): void {
  const { value } = place;
  if (typeof value === "string" && /^\s*\{/.test(value)) note(value, place, places);
  if (typeof value !== "object" || value === null) return;
  if (Object.hasOwn(value, "Statement")) note(JSON.stringify(value), place, places);
  else if (Array.isArray(value)) for (const index of value.keys()) noteIn(place.at(index), places);
  else for (const name of Object.keys(value)) noteIn(place.at(name), places);
}

function note(document: string, whole: Place, places: DocumentPlaces): void {
  const start = whole.location;
  if (start === undefined || places.has(document)) return;
  places.set(document, {
    file: start.file,
    at(path) {
      let place = whole;
      // What is written as a lone value counts as a list of one.
      for (const step of path) if (typeof step === "string" || Array.isArray(place.value)) place = place.at(step);
      return place.location ?? start;
    },
  });
}
