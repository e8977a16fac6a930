import { createHash } from 'node:crypto';
import type { EnterpriseId, Tx } from '#kernel';
import { nameRecords, selectOwn } from '#lists';
import type { Permit } from '#security';
import { type CompiledIndicators, inputPlaces, placeOf } from '../compile/compile-indicators.ts';
import { readMomentOf } from './compute-values.ts';
import type { IndicatorValue } from '../indicator.ts';
import { requireReadable } from './require-readable.ts';
import { type Marks, type OwnStatement, ownStatement, valuesOf } from './statements.ts';
import { toValues, type ValueRow } from './value-rows.ts';

/** The records that counted for one value. */
export type Evidence = {
  /** `<delivery>:<row>`, in order; `EVIDENCE_MAX` at most. */
  readonly records: readonly string[];
  readonly total: number;
};

export type OwnValues = {
  readonly enterpriseId: EnterpriseId;
  readonly asOf: string;
  /** In the order of `compiled.ids`. */
  readonly values: readonly IndicatorValue[];
  /** With `explain`, in the same order. */
  readonly evidence?: readonly Evidence[];
};

const EVIDENCE_MAX = 200;

/**
 * Computes the indicators of the Permit's subject by the same text as a population's, bit for bit the same. `asOf` is a Beijing
 * day not after the Permit's instant, that instant's own when absent. Refuses fields that the Permit leaves out.
 */
export async function computeOne(
  tx: Tx,
  permit: Permit,
  compiled: CompiledIndicators,
  { asOf, explain = false, withoutDisputed = false }: Marks & { asOf?: string; explain?: boolean } = {},
): Promise<OwnValues> {
  requireReadable(permit, compiled);
  const moment = await readMomentOf(tx, permit, { compiled, asOf });
  const options = { withoutDisputed, withEvidence: explain };
  const [row] = await selectOwn<ValueRow>(tx, permit, {
    contracts: compiled.sources.map(({ contract, fields }) => ({ contract, fields })),
    statement: (relations) => {
      const { name, text, slots } = statementFor(compiled, relations, options);
      return { name, text, values: valuesOf(slots, moment) };
    },
  });
  if (row === undefined) throw new TypeError('aggregates without a group always have a row');
  const own = { enterpriseId: permit.subject, asOf: moment.asOf, values: toValues(row, compiled) };
  return explain ? { ...own, evidence: await explainRow(tx, row, compiled) } : own;
}

type Named = OwnStatement & { readonly name: string };

/** Statements written so far; writing one takes longer than running it. */
const written = new WeakMap<CompiledIndicators, Map<string, Named>>();

function statementFor(
  compiled: CompiledIndicators,
  relations: readonly string[],
  options: { readonly withoutDisputed: boolean; readonly withEvidence: boolean },
): Named {
  const known = written.get(compiled) ?? new Map<string, Named>();
  written.set(compiled, known);
  const key = `${options.withoutDisputed} ${options.withEvidence} ${relations.join()}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const statement = ownStatement(compiled, relations, options);
  const digest = createHash('sha256').update(statement.text).digest('hex').slice(0, 40);
  const named = { ...statement, name: `evaluation.own ${digest}` };
  known.set(key, named);
  return named;
}

/** The records behind each value; those of a combination are the records behind both of its inputs. */
async function explainRow(tx: Tx, row: ValueRow, compiled: CompiledIndicators): Promise<Evidence[]> {
  const places = compiled.ids.map((id) => [...new Set(placesBehind(row, compiled, placeOf(compiled, id)))]);
  const shown = places.map((all) => all.toSorted(byDelivery).slice(0, EVIDENCE_MAX));
  const names = await nameRecords(tx, shown.flat());
  return shown.map((records, n) => ({
    records: records.map((place) => names.get(place) ?? place),
    total: places[n]?.length ?? 0,
  }));
}

function placesBehind(row: ValueRow, compiled: CompiledIndicators, at: number): string[] {
  const indicator = compiled.order[at];
  if (indicator?.kind === 'combined')
    return inputPlaces(compiled, indicator).flatMap((input) => placesBehind(row, compiled, input));
  const own = row[`e${at}`];
  return own !== null && typeof own === 'object' ? [...own] : [];
}

function byDelivery(a: string, b: string): number {
  const [left = '', leftRow] = a.split(':');
  const [right = '', rightRow] = b.split(':');
  return Number(left) - Number(right) || Number(leftRow) - Number(rightRow);
}
