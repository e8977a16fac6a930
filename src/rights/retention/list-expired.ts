import assert from 'node:assert';
import { beijingDate, type Tx } from '#kernel';
import { type Contract, countExpired, type ExpiredRecord, findExpired, type RecordPlace } from '#lists';
import { type Caller, requireAllowed } from '#security';
import { isAbout } from './hold.ts';
import { readKeepingHolds } from './hold-store.ts';
import type { RetentionContext } from './retention-context.ts';
import { RETENTION_LIMITS } from './retention-limits.ts';
import { expiryOf } from './retention-rules.ts';

/** Why a record past its years is still there. */
export type Waiting = 'hold' | 'objection';

/** What a run would remove, without the enterprise and without what the record says. */
export type ExpiredLine = Pick<
  ExpiredRecord,
  'recordId' | 'versions' | 'startedOn' | 'keptUntil' | 'basis'
> & {
  /** Null: it goes with the next run. */
  readonly waits: Waiting | null;
};

export type ExpiredPage = {
  readonly records: readonly ExpiredLine[];
  /** Where the next page begins; null: this was the last. */
  readonly next: RecordPlace | null;
};

/**
 * The dry run: records of one contract past their years, in one order, a page at a time; changes nothing. Throws the policy's
 * refusal and `retention.not_adverse`.
 */
export async function listExpired(
  tx: Tx,
  context: RetentionContext,
  asked: {
    readonly caller: Caller;
    readonly contract: string;
    readonly after?: RecordPlace | undefined;
    readonly limit?: number;
  },
): Promise<ExpiredPage> {
  const { caller, after, limit = RETENTION_LIMITS.pageMax } = asked;
  const grant = requireAllowed(context.policies, caller, 'see_retention');
  const rule = expiryOf(context.retention, asked.contract);
  const contract = adverseContract(context, asked.contract);
  const today = beijingDate(context.clock.now());
  const found = await findExpired(tx, grant, { contract, rule, today, after, limit });
  const waiting = await findWaiting(tx, context, { contract, records: found });
  const last = found.at(-1);
  return {
    records: found.map(({ recordId, versions, startedOn, keptUntil, basis }) => ({
      recordId,
      versions: versions.toSorted(),
      startedOn,
      keptUntil,
      basis,
      waits: waiting.get(recordId) ?? null,
    })),
    next: last === undefined || found.length < limit ? null : placeOf(last),
  };
}

export type ExpiredCount = { readonly contract: string; readonly expired: number };

/** How many records of each contract are past their years, those that wait included. Throws the policy's refusal. */
export async function countAllExpired(
  tx: Tx,
  context: RetentionContext,
  { caller }: { readonly caller: Caller },
): Promise<ExpiredCount[]> {
  const grant = requireAllowed(context.policies, caller, 'see_retention');
  const today = beijingDate(context.clock.now());
  const counts: ExpiredCount[] = [];
  for (const id of Object.keys(context.retention.contracts)) {
    const asked = { contract: adverseContract(context, id), rule: expiryOf(context.retention, id), today };
    counts.push({ contract: id, expired: await countExpired(tx, grant, asked) });
  }
  return counts;
}

export function adverseContract({ catalogue }: RetentionContext, id: string): Contract {
  const contract = catalogue.contracts.get(id);
  assert(contract !== undefined, `the rules fit the catalogue: ${id}`);
  return contract;
}

export function placeOf({ enterpriseId, deliveryNo, rowNo }: RecordPlace): RecordPlace {
  return { enterpriseId, deliveryNo, rowNo };
}

/** Which of the records wait, and for what: a hold, or an objection that is not decided yet. */
export async function findWaiting(
  tx: Tx,
  { clock }: RetentionContext,
  { contract, records }: { readonly contract: Contract; readonly records: readonly ExpiredRecord[] },
): Promise<Map<string, Waiting>> {
  if (records.length === 0) return new Map();
  const holds = await readKeepingHolds(tx, clock.now());
  const objected = await readObjected(tx, contract, records);
  return new Map(
    records.flatMap((record): [string, Waiting][] => {
      if (holds.some((hold) => isAbout(hold, contract.id, record))) return [[record.recordId, 'hold']];
      return record.versions.some((version) => objected.has(version)) ? [[record.recordId, 'objection']] : [];
    }),
  );
}

async function readObjected(
  tx: Tx,
  { id }: Contract,
  records: readonly ExpiredRecord[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.rows<{ record: string }>(
    `select distinct record_id as record from rights.objection_items
     where record_id = any($2) and contract_id = $1
       and state in ('submitted', 'checking', 'forwarded', 'review_asked')`,
    [id, records.flatMap(({ versions }) => versions)],
  );
  return new Set(rows.map(({ record }) => record));
}
