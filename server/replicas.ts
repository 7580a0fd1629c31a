/** The processes that share a state, as one of them sees them. */
export interface Replicas {
  /** The name of this one, for people. */
  readonly name: string;
  /**
   * Asks the others that are alive a question and resolves to what those have answered who did so within a second.
   * Rejects with StoreUnavailable.
   */
  ask(question: string): Promise<readonly string[]>;
  /** Answers what others ask. */
  onQuestion(answer: (question: string) => string): void;
}
