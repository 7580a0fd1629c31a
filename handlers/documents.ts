/**
 * A policy document as IAM sends it: percent-encoded per RFC 3986, so that every byte outside `A-Za-z0-9-._~` is
 * escaped (evidence: id-documents-encoded).
 */
export const encodedDocument = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
