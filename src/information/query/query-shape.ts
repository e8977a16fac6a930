import type { Clock, Database, KeyStore } from '#kernel';
import type { Contract, EnterpriseIdentity, ListsContext, Outcome } from '#lists';
import type { ProofUse } from '#platform';
import type { PersonGate } from './person-gate-shape.ts';
import type { Caller, FinancingPurpose, GivenHead, PolicySet, SourceOrder } from '#security';
import type { EvidenceLevel } from '../report/shape.ts';
import type { ReadEvidence } from '../read-evidence.ts';

/** What queries need; made once by compose. */
export type QueryContext = {
  readonly database: Database;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly policies: PolicySet;
  readonly lists: ListsContext;
  /** What natural persons have consented to, each for themselves. */
  readonly personGate: PersonGate;
  /** Asks departments, outside any transaction and within its own deadline; absent: none is connected. */
  readonly askSources?: AskSources;
  /** How well records that enterprises filed are proved; absent: nobody keeps it, and they are what they say of themselves. */
  readonly readEvidence?: ReadEvidence;
};

export type AskSources = (
  order: SourceOrder,
  asked: {
    readonly contracts: readonly Contract[];
    readonly enterprise: EnterpriseIdentity;
    /** Among whom a source's capacity is shared equally. */
    readonly institution: string;
  },
) => Promise<readonly SourceAnswer[]>;

/** What one department answered, checked by the contract as a delivered row would be. */
export type SourceAnswer = {
  readonly contract: Contract;
  readonly outcome: Outcome;
  readonly values: readonly Readonly<Record<string, string | null>>[];
  readonly sourceAt: Date | null;
};

export type QueryRequest = {
  readonly caller: Caller;
  /** Any code of the enterprise. */
  readonly enterprise: string;
  readonly consentId: string;
  readonly purpose: FinancingPurpose;
  readonly contracts: readonly string[];
  /** The institution's own number of the application it is for. */
  readonly application: string;
  /** The person at the institution, as it names them. */
  readonly operator: string;
  readonly branchId?: string;
  /** Whom a platform acts for. */
  readonly institutionId?: string;
  /** From the header; the same key gives the same answer for a day. */
  readonly idempotencyKey: string;
  /** Of a call under a token whose proof is not booked yet; booked here before any effect. */
  readonly proofUse?: ProofUse;
  /** An answer that was given already is asked for again. */
  readonly isRepeat?: boolean;
};

/** One dataset of an answer; also what an interface document promises. */
export type AnsweredDataset = {
  readonly contract: string;
  readonly version: string;
  readonly name: string;
  readonly provider: string;
  readonly outcome: Outcome;
  /** When the node last received it, or the source answered; RFC 3339. */
  readonly updatedAt: string | null;
  /** Latest business date in the dataset, city-wide. */
  readonly cutOff: string | null;
  readonly totalRecords: number;
  readonly records: readonly AnsweredRecord[];
};

export type AnsweredRecord = {
  /** `<delivery>:<row>`; null for what a source answered and the node does not keep. */
  readonly id: string | null;
  readonly values: Readonly<Record<string, string | null>>;
  readonly isDisputed: boolean;
  readonly knownFrom: string | null;
  /** Of the voluntary list alone: how well it is proved, as a report prints it. */
  readonly evidenceLevel?: EvidenceLevel;
};

/** The answer as it leaves. */
export type QueryAnswer = GivenHead & {
  /** Some dataset did not answer with what it has. */
  readonly isPartial: boolean;
  readonly isSynthetic: boolean;
  readonly datasets: readonly AnsweredDataset[];
};
