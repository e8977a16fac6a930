import assert from 'node:assert';
import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import type { PopulationPermit } from '#security';
import type { Contract } from '../contract/shape.ts';
import { IN_FORCE } from './standing.ts';

/** Enterprises by their internal number, `from` included and `until` not. */
export type Slice = { readonly from: bigint; readonly until: bigint };

/**
 * The few enterprises of a slice for which reading is more than a scan in order: those with a mark in force on a record
 * of these contracts, and those merged with others. They are left out of the relations of the slice and read by
 * themselves, so that all the others are read without a look at marks or aliases.
 */
export class Apart {
  /** To be computed one by one: members of the population, whatever was merged into them. */
  readonly subjects: readonly EnterpriseId[];
  readonly #left: readonly string[];
  readonly #permit: PopulationPermit;
  readonly #contracts: ReadonlySet<string>;
  readonly #slice: Slice;

  /** Only `readApart` makes one. */
  constructor(
    about: { permit: PopulationPermit; contracts: readonly Contract[]; slice: Slice },
    ids: { subjects: readonly string[]; merged: readonly string[] },
  ) {
    this.subjects = ids.subjects.map(toEnterpriseId);
    this.#left = [...ids.subjects, ...ids.merged];
    this.#permit = about.permit;
    this.#contracts = new Set(about.contracts.map(({ id }) => id));
    this.#slice = about.slice;
  }

  /** Fails for a relation that was not looked at: another Permit, another contract, another part of the population. */
  assertCovers(permit: PopulationPermit, contract: Contract, slice: Slice | undefined): void {
    assert(this.#permit === permit, 'read apart under another Permit');
    assert(this.#contracts.has(contract.id), `${contract.id} was not looked at for marks`);
    assert(slice?.from === this.#slice.from && slice.until === this.#slice.until, 'another slice');
  }

  /** No enterprise of the slice stands apart. */
  get isEmpty(): boolean {
    return this.#left.length === 0;
  }

  /** A condition on the enterprise id of `alias`, beginning with `and`; empty when none stands apart. */
  without(alias: string): string {
    if (this.#left.length === 0) return '';
    return ` and ${alias}.enterprise_id <> all('{${this.#left.join()}}'::bigint[])`;
  }
}

/**
 * Looks which enterprises of the slice stand apart at the Permit's instant. In one snapshot with the reads that follow:
 * a mark that is made between the two would not be seen by them.
 */
export async function readApart(
  tx: Tx,
  permit: PopulationPermit,
  { contracts, slice }: { contracts: readonly Contract[]; slice: Slice },
): Promise<Apart> {
  permit.assertUsable(tx);
  const rows = await tx.rows<{ id: string; is_merged: boolean }>(
    `with alias as (
       select alias_id, enterprise_id from lists.enterprise_aliases where known_from <= $2 and known_to > $2
     )
     select enterprise_id as id, false as is_merged from lists.marks m
     where ${IN_FORCE} and contract_id = any($1) and enterprise_id >= $3 and enterprise_id < $4
     union
     select enterprise_id, false from alias where enterprise_id >= $3 and enterprise_id < $4
     union
     select alias_id, true from alias where alias_id >= $3 and alias_id < $4
     order by 1`,
    [contracts.map(({ id }) => id), permit.asOf.knownAt, String(slice.from), String(slice.until)],
  );
  const merged = new Set(rows.filter((row) => row.is_merged).map(({ id }) => id));
  const subjects = rows.filter(({ id, is_merged }) => !is_merged && !merged.has(id)).map(({ id }) => id);
  return new Apart({ permit, contracts, slice }, { subjects, merged: [...merged] });
}

/** The first and the last enterprise of the population by number; undefined: there is none. */
export async function readPopulationBounds(tx: Tx, permit: PopulationPermit): Promise<Slice | undefined> {
  permit.assertUsable(tx);
  const { population } = permit;
  if (population.kind === 'list') {
    const ids = population.ids.map(BigInt).sort((a, b) => (a < b ? -1 : 1));
    const [from, last] = [ids[0], ids.at(-1)];
    return from === undefined || last === undefined ? undefined : { from, until: last + 1n };
  }
  const [row] = await tx.rows<{ first: string | null; last: string | null }>(
    'select min(enterprise_id) as first, max(enterprise_id) as last from lists.enterprises where made_at <= $1',
    [permit.asOf.knownAt],
  );
  if (row?.first == null || row.last === null) return undefined;
  return { from: BigInt(row.first), until: BigInt(row.last) + 1n };
}
