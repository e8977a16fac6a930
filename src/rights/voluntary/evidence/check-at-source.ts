import { inTransaction, type Tx } from '#kernel';
import type { EvidenceLevel } from '#information';
import { type Contract, isAtSource } from '#lists';
import type { Caller } from '#security';
import { type ItemRow, readItem } from '../items/item-store.ts';
import { lockItems, requireOwn } from '../require-party.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';
import { type Asking, gatherRows, orderRows, settleAsks } from './ask-source.ts';
import { readCanonical } from './confirm-item.ts';
import { addEvidence } from './evidence-store.ts';
import { findEqual } from './find-equal.ts';
import { isEqualRow, type Pair, pairsOf } from './source-pairs.ts';

/** `no_answer`: a department that would know did not answer. */
export type SourceChecked = {
  readonly result: 'match' | 'no_match' | 'no_answer';
  readonly level: EvidenceLevel;
};

type Asked = { readonly caller: Caller; readonly itemId: string };

/** One source that may know, and what one of its records must say. */
export type Comparison = { readonly source: Contract; readonly pairs: readonly Pair[] };

/**
 * Compares an item with what the authoritative department says of the same enterprise: the fields that
 * `models/rights/voluntary/terms.yaml` pairs must be equal in one record. What the node holds is looked at first; a department
 * that is asked at query time is asked by the path of every query, in no transaction. The enterprise asks, of itself, under its
 * own Permit; no value of a department is shown. Throws `voluntary.item_unknown`, `voluntary.no_source_check`,
 * `voluntary.too_many_source_asks`, `voluntary.item_changed`.
 */
export async function checkAtSource(context: VoluntaryContext, asked: Asked): Promise<SourceChecked> {
  const begun = await inTransaction(context.database, (tx) => begin(tx, context, asked));
  if ('result' in begun) return begun;
  const answers = await gatherRows(context, begun.asking);
  return await inTransaction(context.database, (tx) => finish(tx, context, { ...asked, ...begun, answers }));
}

type Begun = {
  readonly filingId: string;
  readonly asking: Asking;
  readonly comparisons: readonly Comparison[];
};

async function begin(tx: Tx, context: VoluntaryContext, asked: Asked): Promise<SourceChecked | Begun> {
  const { item, contract } = await requireCurrent(tx, context, asked);
  const comparisons = await compare(tx, context, { item, contract });
  for (const comparison of comparisons.filter(({ source }) => source.sharingModes.includes('replicated'))) {
    const found = await findEqual(tx, context, { caller: asked.caller, ...comparison });
    if (found === undefined) continue;
    const reference = `${comparison.source.id} ${found}`;
    const proof = { item, contract, kind: 'source' as const, reference, by: asked.caller.id };
    return { result: 'match', level: await addEvidence(tx, context, proof) };
  }
  const open = comparisons.filter(({ source }) => isAtSource(source));
  if (open.length === 0 || context.askSources === undefined)
    return { result: open.length === 0 ? 'no_match' : 'no_answer', level: item.level };
  const contracts = open.map(({ source }) => source);
  const asking = await orderRows(tx, context, { caller: asked.caller, itemId: item.itemId, contracts });
  return { filingId: item.filingId, asking, comparisons: open };
}

/** The sources that may know of this item; throws where there is none for its kind. */
async function compare(
  tx: Tx,
  context: VoluntaryContext,
  { item, contract }: { item: ItemRow; contract: Contract },
): Promise<Comparison[]> {
  const checks = context.voluntary.terms.sourceChecks.filter((check) => check.item === contract.id);
  if (checks.length === 0 || contract.verification?.includes('L3') !== true)
    throw voluntaryRefusal('voluntary.no_source_check', { item: contract.id });
  const filed = await readCanonical(tx, context, { item, contract });
  return checks.flatMap((check) => {
    const source = context.catalogue.contracts.get(check.source);
    const pairs = pairsOf(check, filed);
    return source === undefined || pairs === undefined ? [] : [{ source, pairs }];
  });
}

/** Under the same right anew: mandate and item may have changed while departments were asked. */
async function finish(
  tx: Tx,
  context: VoluntaryContext,
  asked: Asked & Begun & { readonly answers: Awaited<ReturnType<typeof gatherRows>> },
): Promise<SourceChecked> {
  const { item, contract } = await requireCurrent(tx, context, asked);
  const { asking, answers, comparisons } = asked;
  const outcomes = comparisons.map(({ source, pairs }) => {
    const answer = answers.find((one) => one.contract.id === source.id);
    const isAnswered = answer?.outcome === 'ok' || answer?.outcome === 'no_data';
    if (answer === undefined || !isAnswered) return { source, outcome: 'no_answer' as const };
    const isMatch = answer.values.some((row) => isEqualRow(row, pairs));
    return { source, outcome: isMatch ? ('match' as const) : ('no_match' as const) };
  });
  await settleAsks(tx, asking, outcomes);
  if (item.filingId !== asked.filingId) throw voluntaryRefusal('voluntary.item_changed');
  const match = outcomes.find(({ outcome }) => outcome === 'match');
  if (match === undefined) {
    const isSilent = outcomes.some(({ outcome }) => outcome === 'no_answer');
    return { result: isSilent ? 'no_answer' : 'no_match', level: item.level };
  }
  const reference = `${match.source.id} ${asking.askId}`;
  const proof = { item, contract, kind: 'source' as const, reference, by: asked.caller.id };
  return { result: 'match', level: await addEvidence(tx, context, proof) };
}

async function requireCurrent(
  tx: Tx,
  context: VoluntaryContext,
  { caller, itemId }: Asked,
): Promise<{ item: ItemRow; contract: Contract }> {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'keep_items' });
  await lockItems(tx, enterpriseId);
  const item = await readItem(tx, { enterpriseId, itemId });
  const contract = context.catalogue.contracts.get(item?.contractId ?? '');
  if (item?.state !== 'current' || contract === undefined) throw voluntaryRefusal('voluntary.item_unknown');
  return { item, contract };
}
