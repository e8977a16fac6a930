import type { EnterpriseId } from '#kernel';
import type { Purpose } from '../purposes.ts';

export type SourceOrderFacts = {
  readonly subject: EnterpriseId;
  readonly purpose: Purpose;
  /** Field names by contract: what may be asked of the source, to be shown or compared. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly expiresAt: Date;
};

/** Private to security: only a live Permit gives one. */
export let makeSourceOrder: (facts: SourceOrderFacts) => SourceOrder;

/**
 * The right to ask departments about one enterprise after the deciding transaction has ended, for a short time.
 * What comes back is shown only under a Permit of the transaction that answers.
 */
export class SourceOrder {
  static {
    makeSourceOrder = (facts) => new SourceOrder(facts);
  }
  readonly subject: EnterpriseId;
  readonly purpose: Purpose;
  readonly expiresAt: Date;
  readonly #fields: ReadonlyMap<string, readonly string[]>;

  private constructor(facts: SourceOrderFacts) {
    this.subject = facts.subject;
    this.purpose = facts.purpose;
    this.expiresAt = facts.expiresAt;
    this.#fields = facts.fields;
    Object.freeze(this);
  }

  /** Empty: this contract is not to be asked. */
  fields(contractId: string): readonly string[] {
    return this.#fields.get(contractId) ?? [];
  }
}
