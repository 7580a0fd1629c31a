/** The entities below a path prefix; `/` means all. Lazy, so that a page costs only what is read. */
export function* withPath<T extends { readonly path: string }>(entities: Iterable<T>, prefix: string): Iterable<T> {
  for (const entity of entities) if (entity.path.startsWith(prefix)) yield entity;
}
