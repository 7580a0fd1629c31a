export type ContextKeys = Readonly<Record<string, string | readonly string[]>>;
export interface TrustSource { readonly document: string; readonly bindings: Readonly<Record<string, string>> }
