import { canonicalHash, type Tx } from '#kernel';
import type { EvidenceLevel } from '#information';
import { type Contract, nameRecords, readKnownAt, selectOwn } from '#lists';
import { type Caller, decide } from '#security';
import { readItem } from '../items/item-store.ts';
import { lockItems, requireOwn } from '../require-party.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';
import { readCanonical } from './confirm-item.ts';
import { addEvidence } from './evidence-store.ts';

/**
 * Compares an item with what the authoritative department delivered about the same enterprise: the fields that
 * `models/rights/voluntary/terms.yaml` pairs must be equal in one record. The enterprise asks, of itself, under its own Permit.
 * Throws `voluntary.item_unknown`, `voluntary.no_source_check`.
 */
export async function checkAtSource(
  tx: Tx,
  context: VoluntaryContext,
  { caller, itemId }: { caller: Caller; itemId: string },
): Promise<{ result: 'match' | 'no_match'; level: EvidenceLevel }> {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'keep_items' });
  await lockItems(tx, enterpriseId);
  const item = await readItem(tx, { enterpriseId, itemId });
  if (item?.state !== 'current') throw voluntaryRefusal('voluntary.item_unknown');
  const { contract, source, equal } = requireCheck(context, item.contractId);
  const filed = await readCanonical(tx, context, { item, contract });
  const pairs = Object.entries(equal).map(([own, theirs]) => ({ theirs, value: filed[own] ?? '' }));
  const recordId = await findEqual(tx, context, { caller, source, pairs });
  if (recordId === undefined) return { result: 'no_match', level: item.level };
  const proof = {
    item,
    contract,
    kind: 'source' as const,
    reference: `${source.id} ${recordId}`,
    by: caller.id,
  };
  return { result: 'match', level: await addEvidence(tx, context, proof) };
}

function requireCheck({ catalogue, voluntary }: VoluntaryContext, contractId: string) {
  const contract = catalogue.contracts.get(contractId);
  const check = voluntary.terms.sourceChecks.find(({ item }) => item === contractId);
  const source = catalogue.contracts.get(check?.source ?? '');
  const isWanted = contract?.verification?.includes('L3') === true;
  if (contract === undefined || source === undefined || check === undefined || !isWanted)
    throw voluntaryRefusal('voluntary.no_source_check', { item: contractId });
  return { contract, source, equal: check.equal };
}

type Searched = {
  readonly caller: Caller;
  readonly source: Contract;
  readonly pairs: readonly { readonly theirs: string; readonly value: string }[];
};

/** An empty value equals nothing. */
async function findEqual(
  tx: Tx,
  context: VoluntaryContext,
  { caller, source, pairs }: Searched,
): Promise<string | undefined> {
  const { enterpriseId: subject } = caller;
  if (subject === null || pairs.some(({ value }) => value === '')) return undefined;
  const contracts = [source];
  const knownAt = await readKnownAt(tx, [source.id]);
  const permit = decide(tx, context.policies, {
    caller,
    purpose: 'self',
    subject,
    contracts,
    asOf: { knownAt },
  });
  const fields = pairs.map(({ theirs }) => theirs);
  const [found] = await selectOwn<{ delivery: string; row: number }>(tx, permit, {
    contracts: [{ contract: source, fields }],
    statement: ([relation = '']) => ({
      name: `rights.equal ${canonicalHash([source.hash, fields]).slice(0, 40)}`,
      text: `select r.delivery_no::text as delivery, r.row_no as row from ${relation} r
        where not r.is_disputed and ${fields.map((name, at) => `r.${name}::text = $${at + 3}`).join(' and ')} limit 1`,
      values: pairs.map(({ value }) => value),
    }),
  });
  if (found === undefined) return undefined;
  const place = `${found.delivery}:${found.row}`;
  return (await nameRecords(tx, [place])).get(place);
}
