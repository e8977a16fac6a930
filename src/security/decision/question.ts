import type { CallerKind } from '../caller.ts';
import type { Purpose } from '../purposes.ts';
import type { FinancingContext } from './policy-set.ts';

/** What a decision needs to know of a contract; the contracts of the lists fit. */
export type ContractFacts = {
  readonly id: string;
  readonly list: string;
  /** Names the version for ever; stands in the record of the decision. */
  readonly hash?: string;
  /** The department whose contract it is, spelt as `Caller.organisation`; absent: nobody's own. */
  readonly provider?: string;
  readonly fields: readonly ContractField[];
};

export type ContractField = {
  readonly name: string;
  readonly disclosure: 'public' | 'authorised' | 'invisible' | 'secret';
  readonly grade: string;
};

/** What holds for the reader in this whole question, without ids. */
export type ReaderFacts = {
  readonly kind: CallerKind;
  readonly roles: readonly string[];
  readonly purpose: Purpose;
  readonly ownRecord: boolean;
  readonly population: boolean;
  /** Present exactly when an institution asks for financing. */
  readonly financing?: Omit<FinancingContext, 'inScope'>;
};
