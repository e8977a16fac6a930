import assert from 'node:assert';
import type { EnterpriseId, Tx } from '#kernel';
import type { Caller } from '../caller.ts';
import type { Purpose } from '../purposes.ts';
import type { DecisionFacts } from './decision-facts.ts';
import { makeSourceOrder, type SourceOrder } from './source-order.ts';

/** A field that may be read; `masked`: never whole, only with the middle of its value covered. */
export type PermittedField = { readonly name: string; readonly masked: boolean };

/** As known at this instant; the same question with the same instant has the same answer for ever. */
export type AsOf = { readonly knownAt: Date };

/** Readable fields by contract id; a contract that is missing, or has none, is denied. */
export type Readable = ReadonlyMap<string, readonly PermittedField[]>;

/** Fields by contract id that may be compared with a claimed value. */
export type Verifiable = ReadonlyMap<string, readonly string[]>;

/** Fields by contract id that may enter a computation, of which a release rule lets something out, and are never shown. */
export type Computable = ReadonlyMap<string, readonly string[]>;

export type PermitFacts = {
  readonly subject: EnterpriseId;
  readonly caller: Caller;
  readonly purpose: Purpose;
  readonly asOf: AsOf;
  readonly policyHash: string;
  readonly readable: Readable;
  readonly verifiable: Verifiable;
  readonly computable: Computable;
  readonly mayListAccesses: boolean;
  readonly decision: DecisionFacts;
};

export type Population =
  | { readonly kind: 'all' }
  | { readonly kind: 'list'; readonly ids: readonly EnterpriseId[] }
  /** The enterprises in what one provider delivered. */
  | { readonly kind: 'provider'; readonly provider: string };

export type PopulationFacts = {
  readonly population: Population;
  readonly runId: string;
  readonly caller: Caller;
  readonly purpose: Purpose;
  readonly asOf: AsOf;
  readonly policyHash: string;
  readonly readable: Readable;
};

const none: readonly PermittedField[] = Object.freeze([]);

/** Private to security: only `decide` and `decidePopulation` call these. The entry exports the classes as types. */
export let makePermit: (tx: Tx, facts: PermitFacts) => Permit;
export let makePopulationPermit: (tx: Tx, facts: PopulationFacts) => PopulationPermit;

/**
 * The right to read one enterprise's fields for one purpose, inside one transaction. Dead at its commit or rollback.
 * It cannot be written by hand: its fields are private and only the decision constructs it.
 */
export class Permit {
  static {
    makePermit = (tx, facts) => new Permit(tx, facts);
  }
  readonly #tx: Tx;
  readonly #readable: Readable;
  readonly #verifiable: Verifiable;
  readonly #computable: Computable;
  readonly subject: EnterpriseId;
  readonly caller: Caller;
  readonly purpose: Purpose;
  readonly asOf: AsOf;
  readonly policyHash: string;
  /** The subject's disclosures may be listed too. */
  readonly mayListAccesses: boolean;
  /** What it was decided on, without ids: enough to decide it again. */
  readonly decision: DecisionFacts;

  private constructor(tx: Tx, facts: PermitFacts) {
    this.#tx = tx;
    this.#readable = facts.readable;
    this.#verifiable = facts.verifiable;
    this.#computable = facts.computable;
    this.subject = facts.subject;
    this.caller = facts.caller;
    this.purpose = facts.purpose;
    this.asOf = facts.asOf;
    this.policyHash = facts.policyHash;
    this.mayListAccesses = facts.mayListAccesses;
    this.decision = facts.decision;
    Object.freeze(this);
  }

  /** Empty: the contract is denied to this caller for this purpose. */
  fields(contractId: string): readonly PermittedField[] {
    return this.#readable.get(contractId) ?? none;
  }

  /** Fields of this contract that may be compared with a claimed value; empty: none. */
  verifiable(contractId: string): readonly string[] {
    return this.#verifiable.get(contractId) ?? [];
  }

  /**
   * Fields of this contract that are not among `fields` and may enter a statement of the caller's own (`selectOwn`), of whose
   * result nothing leaves but what a release rule names; empty: none.
   */
  computable(contractId: string): readonly string[] {
    return this.#computable.get(contractId) ?? [];
  }

  /**
   * The right to ask the departments of these contracts about the subject until `expiresAt`, after this transaction:
   * for what may be read, compared or computed with. Contracts that are denied are not in it.
   */
  orderFromSources(contractIds: readonly string[], expiresAt: Date): SourceOrder {
    assert(this.#tx.isLive, 'the Permit died with its transaction');
    const fields = new Map<string, readonly string[]>();
    for (const id of contractIds) {
      const readable = this.fields(id).map(({ name }) => name);
      const names = [...new Set([...readable, ...this.verifiable(id), ...this.computable(id)])];
      if (names.length > 0) fields.set(id, Object.freeze(names));
    }
    return makeSourceOrder({ subject: this.subject, purpose: this.purpose, fields, expiresAt });
  }

  /** Called by every read before it builds its SQL. Throws AssertionError outside the Permit's own live transaction. */
  assertUsable(tx: Tx): void {
    assertSameTransaction(this.#tx, tx);
  }
}

/** The right of one run to read the same fields of many enterprises, inside one transaction. */
export class PopulationPermit {
  static {
    makePopulationPermit = (tx, facts) => new PopulationPermit(tx, facts);
  }
  readonly #tx: Tx;
  readonly #readable: Readable;
  readonly population: Population;
  /** Stands on the run's one leaf. */
  readonly runId: string;
  readonly caller: Caller;
  readonly purpose: Purpose;
  readonly asOf: AsOf;
  readonly policyHash: string;

  private constructor(tx: Tx, facts: PopulationFacts) {
    this.#tx = tx;
    this.#readable = facts.readable;
    this.population = facts.population;
    this.runId = facts.runId;
    this.caller = facts.caller;
    this.purpose = facts.purpose;
    this.asOf = facts.asOf;
    this.policyHash = facts.policyHash;
    Object.freeze(this);
  }

  /** Empty: the contract is denied. None is masked: a population read leaves such fields out. */
  fields(contractId: string): readonly PermittedField[] {
    return this.#readable.get(contractId) ?? none;
  }

  /** Throws AssertionError outside the Permit's own live transaction. */
  assertUsable(tx: Tx): void {
    assertSameTransaction(this.#tx, tx);
  }
}

function assertSameTransaction(own: Tx, given: Tx): void {
  assert(own === given, 'the Permit belongs to another transaction');
  assert(own.isLive, 'the Permit died with its transaction');
}
