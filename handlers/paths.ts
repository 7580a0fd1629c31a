/** Of a list, what lies below a path prefix; `/` is everything. Lazy, so that a page costs the page. */
export function* withPath<T extends { readonly path: string }>(entities: Iterable<T>, prefix: string): Iterable<T> {
  for (const entity of entities) if (entity.path.startsWith(prefix)) yield entity;
}
