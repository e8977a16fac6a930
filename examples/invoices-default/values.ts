import {
  compileIndicators,
  type CompiledIndicators,
  computeOne,
  type IndicatorBook,
  type IndicatorValue,
} from '#evaluation';
import { inTransaction } from '#kernel';
import { findEnterprise, type ListsContext, readKnownAt } from '#lists';
import { type Caller, decide } from '#security';
import type { Firm } from './files.ts';

/** A firm with its values, in the order of the indicators. */
export type FirmValues = { readonly firm: Firm; readonly values: readonly IndicatorValue[] };

/** The indicators on invoices that may train a model, by id. */
export function invoiceIndicators(book: IndicatorBook): CompiledIndicators {
  const ids = [...book.indicators].flatMap(([id, { definition }]) =>
    id.startsWith('vat_') && definition.uses.includes('training') ? [id] : [],
  );
  return compileIndicators(book, ids.sort());
}

type Asked = {
  readonly firms: readonly Firm[];
  readonly asOf: string;
  readonly signIn: (firm: Firm) => Promise<Caller>;
};

/**
 * The values of each firm as of a Beijing day. Invoices are usable and not visible, so that no Permit over a population reads
 * them: each firm asks for its own under a Permit for `self`, as whom `signIn` proved.
 */
export async function readValues(
  lists: ListsContext,
  compiled: CompiledIndicators,
  { firms, asOf, signIn }: Asked,
): Promise<FirmValues[]> {
  const found: FirmValues[] = [];
  for (const firm of firms) {
    const caller = await signIn(firm);
    found.push({ firm, values: await readOwn(lists, compiled, { caller, firm, asOf }) });
  }
  return found;
}

async function readOwn(
  { database, policies }: ListsContext,
  compiled: CompiledIndicators,
  { caller, firm, asOf }: { readonly caller: Caller; readonly firm: Firm; readonly asOf: string },
): Promise<readonly IndicatorValue[]> {
  const contracts = compiled.sources.map(({ contract }) => contract);
  return await inTransaction(database, async (tx) => {
    const { enterpriseId: subject } = await findEnterprise(tx, firm.code);
    const knownAt = await readKnownAt(
      tx,
      contracts.map(({ id }) => id),
    );
    const permit = decide(tx, policies, { caller, purpose: 'self', subject, contracts, asOf: { knownAt } });
    const { values } = await computeOne(tx, permit, compiled, { asOf });
    return values;
  });
}

/** The training set as CSV: firm, 1 for a default, values; an empty cell is no value. It has no rating. */
export function toCsv(rows: readonly FirmValues[], ids: readonly string[]): string {
  const lines = rows.map(({ firm, values }) =>
    [firm.name, Number(firm.hasDefaulted), ...values.map(({ value }) => value ?? '')].join(','),
  );
  return `${[['firm', 'defaulted', ...ids].join(','), ...lines].join('\n')}\n`;
}
