import { beijingDate, type EnterpriseId, openField, type Tx } from '#kernel';
import type { EvidenceLevel, FiledStanding } from '#information';
import { addDays } from '#lists';
import type { Caller } from '#security';
import { type AttachmentLine, readAttachments } from '../attachments/attachment-store.ts';
import { type EvidenceLine, readEvidence } from '../evidence/evidence-store.ts';
import type { ItemValues } from '../forms/forms.ts';
import { requireOwn } from '../require-party.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { VOLUNTARY_LIMITS } from '../voluntary-limits.ts';
import { type ItemRow, type ItemState, readFiling, readItemRows } from './item-store.ts';
import { filingPlace } from './item-values.ts';

/** One item as its enterprise sees it. */
export type Item = {
  readonly itemId: string;
  readonly contractId: string;
  readonly state: ItemState;
  /** Greyed by whoever shows it, withheld from everyone else, in no score. */
  readonly isStale: boolean;
  /** Within the days in which the enterprise is reminded. */
  readonly isEnding: boolean;
  readonly validTo: string;
  readonly level: EvidenceLevel;
  readonly entrances: readonly string[];
  readonly filingId: string;
  readonly filedAt: Date;
  readonly recordId: string | null;
  readonly values: ItemValues;
  readonly evidence: readonly EvidenceLine[];
};

/** All of the enterprise's own, with the attachments that prove them. */
export async function listItems(
  tx: Tx,
  context: VoluntaryContext,
  caller: Caller,
): Promise<{ items: Item[]; attachments: AttachmentLine[] }> {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'keep_items' });
  const rows = await readItemRows(tx, enterpriseId, VOLUNTARY_LIMITS.itemsMax);
  const items: Item[] = [];
  for (const row of rows) items.push(await show(tx, context, row));
  return { items, attachments: await readAttachments(tx, context.cipher, enterpriseId) };
}

async function show(tx: Tx, { cipher, clock, voluntary }: VoluntaryContext, row: ItemRow): Promise<Item> {
  const { enterpriseId, itemId, contractId, filingId, recordId, entrances, level, validTo } = row;
  const filing = await readFiling(tx, { enterpriseId, filingId });
  const sealed = filing?.valuesSealed ?? null;
  const text = sealed === null ? '{}' : await openField(tx, cipher, filingPlace(enterpriseId), sealed);
  const today = beijingDate(clock.now());
  const isStale = row.state === 'stale' || (row.state === 'current' && validTo < today);
  return {
    itemId,
    contractId,
    state: isStale ? 'stale' : row.state,
    isStale,
    isEnding: !isStale && row.state === 'current' && addDays(today, voluntary.terms.remindDays) >= validTo,
    validTo,
    level,
    entrances,
    filingId,
    filedAt: filing?.filedAt ?? row.knownFrom,
    recordId,
    values: JSON.parse(text) as ItemValues,
    evidence: await readEvidence(tx, { enterpriseId, filingId }),
  };
}

/** How records stand by id, for whoever prints them: what was filed otherwise is missing, and is what it says of itself. */
export async function readEvidenceLevels(
  tx: Tx,
  { enterpriseId, recordIds }: { enterpriseId: EnterpriseId; recordIds: readonly string[] },
): Promise<ReadonlyMap<string, FiledStanding>> {
  if (recordIds.length === 0) return new Map();
  const rows = await tx.hotRows<FiledStanding & { record_id: string }>(
    'rights.evidence_levels',
    `select record_id, level, state = 'stale' as "isStale" from rights.items
     where enterprise_id = $1 and known_to = 'infinity' and record_id = any($2)`,
    [enterpriseId, recordIds],
  );
  return new Map(rows.map(({ record_id, level, isStale }) => [record_id, { level, isStale }]));
}
