import { beijingDate, openField, type Tx } from '#kernel';
import { findEnterprise, readEnterprise, readMergedIds } from '#lists';
import { proveMandate } from '#platform';
import { type Caller, requireAllowed } from '#security';
import { readTerms } from '../time-limits/running/read-terms.ts';
import type { Term } from '../time-limits/running/term.ts';
import { checkRepair, type RepairCheck } from './definition/check-repair.ts';
import { repairRefusal } from './definition/repair-refusals.ts';
import type { RepairContent, RepairState, StoredRepair } from './definition/repair.ts';
import { factsOf, isOutOfUse, readOwnRecords } from './read-records.ts';
import type { RepairContext } from './repair-context.ts';
import { REPAIR_LIMITS } from './repair-limits.ts';
import { findRepair, placeOf, readSteps, type RepairStep, selectRepairs } from './store.ts';
import { matterOf } from './terms.ts';

type OwnAsk = { readonly caller: Caller; readonly code: string };

/** 两书同达: one record as the enterprise is told of it with the decision itself. */
export type RepairNotice = {
  readonly contract: string;
  readonly recordId: string;
  /** Since when the node knows the record, and so the enterprise can read this. */
  readonly knownFrom: Date;
  readonly check: RepairCheck;
};
export type NoticePage = { readonly notices: RepairNotice[]; readonly next: string | null };

/**
 * Of each record that can be repaired or will end by itself: by which rule, in which class, from which day; the latest delivered
 * first. It is reckoned when it is read, so that it is there with the record and holds today. Throws the policy's refusal, what
 * `proveMandate` throws.
 */
export async function listRepairNotices(
  tx: Tx,
  context: RepairContext,
  asked: OwnAsk & { readonly after?: string; readonly record?: string },
): Promise<NoticePage> {
  const enterpriseId = await requireOwnEnterprise(tx, context, asked);
  const records = await readOwnRecords(tx, context, { caller: asked.caller, enterpriseId });
  const day = beijingDate(context.clock.now());
  const all = records
    .filter((one) => !isOutOfUse(one))
    .flatMap((one): RepairNotice[] => {
      const check = checkRepair(factsOf(one), context.repairRules, day);
      const { recordId, knownFrom } = one.version;
      return check === null ? [] : [{ contract: one.contract.id, recordId, knownFrom, check }];
    })
    .filter(({ recordId }) => asked.record === undefined || recordId === asked.record)
    .sort((a, b) => b.knownFrom.getTime() - a.knownFrom.getTime() || (a.recordId < b.recordId ? -1 : 1));
  const from = asked.after === undefined ? 0 : all.findIndex(({ recordId }) => recordId === asked.after) + 1;
  const notices = all.slice(from, from + REPAIR_LIMITS.pageMax);
  const last = from + notices.length < all.length ? notices.at(-1) : undefined;
  return { notices, next: last?.recordId ?? null };
}

async function requireOwnEnterprise(tx: Tx, { policies, clock }: RepairContext, { caller, code }: OwnAsk) {
  const { enterpriseId } = await findEnterprise(tx, code);
  requireAllowed(policies, caller, 'apply_repair', { enterprise: enterpriseId });
  await proveMandate(tx, clock, caller, 'object');
  return enterpriseId;
}

export type RepairHead = Omit<StoredRepair, 'contentSealed' | 'enterpriseId' | 'appliedBy'>;
export type RepairPage = { readonly repairs: RepairHead[]; readonly next: string | null };

/** The latest first. Throws as `listRepairNotices`. */
export async function listOwnRepairs(
  tx: Tx,
  context: RepairContext,
  asked: OwnAsk & { readonly after?: string },
): Promise<RepairPage> {
  const enterpriseId = await requireOwnEnterprise(tx, context, asked);
  const found = await selectRepairs(
    tx,
    `p.enterprise_id = any($1::bigint[]) and ($2::text is null or p.repair_id < $2) order by p.repair_id desc limit $3`,
    [await readMergedIds(tx, enterpriseId), asked.after ?? null, REPAIR_LIMITS.pageMax],
  );
  return pageOf(found);
}

function pageOf(found: readonly StoredRepair[]): RepairPage {
  const last = found.length < REPAIR_LIMITS.pageMax ? undefined : found.at(-1);
  return { repairs: found.map(headOf), next: last?.repairId ?? null };
}

/** Who of the enterprise applied stays with the node. */
function headOf(repair: StoredRepair): RepairHead {
  const { contentSealed: _, enterpriseId: __, appliedBy: ___, ...head } = repair;
  return head;
}

/** One application with what was said, its terms and every step. */
export type RepairView = RepairHead & {
  readonly code: string | null;
  readonly name: string;
  readonly content: RepairContent;
  readonly terms: readonly Term[];
  readonly steps: readonly RepairStep[];
};

/** Throws as `listRepairNotices`, `repairs.unknown`. */
export async function readOwnRepair(
  tx: Tx,
  context: RepairContext,
  asked: OwnAsk & { readonly repair: string },
): Promise<RepairView> {
  const enterpriseId = await requireOwnEnterprise(tx, context, asked);
  const repair = await findRepair(tx, asked.repair);
  if (!(await readMergedIds(tx, enterpriseId)).includes(repair.enterpriseId))
    throw repairRefusal('repairs.unknown', { repair: asked.repair });
  return await complete(tx, context, repair);
}

/** The node sees all, a body what was handed to it. Throws the policy's refusal, `repairs.unknown`. */
export async function readHandledRepair(
  tx: Tx,
  context: RepairContext,
  { caller, repair: id }: { readonly caller: Caller; readonly repair: string },
): Promise<RepairView> {
  const own = requireHandler(context, caller);
  const repair = await findRepair(tx, id);
  const isOwn = own === repair.body || own === repair.provider;
  if (own !== null && !(isOwn && OF_BODIES.has(repair.state)))
    throw repairRefusal('repairs.unknown', { repair: id });
  return await complete(tx, context, repair);
}

const OF_BODIES: ReadonlySet<RepairState> = new Set(['accepted', 'granted', 'denied']);

/** Oldest first. Throws the policy's refusal. */
export async function listHandledRepairs(
  tx: Tx,
  context: RepairContext,
  asked: { readonly caller: Caller; readonly states?: readonly RepairState[]; readonly after?: string },
): Promise<RepairPage> {
  const own = requireHandler(context, asked.caller);
  const states = asked.states ?? ['submitted', 'accepted'];
  const shown = own === null ? states : states.filter((state) => OF_BODIES.has(state));
  const found = await selectRepairs(
    tx,
    `p.state = any($1) and ($2::text is null or $2 in (p.provider, p.body)) and p.repair_id > $3
     order by p.repair_id limit $4`,
    [shown, own, asked.after ?? '', REPAIR_LIMITS.pageMax],
  );
  return pageOf(found);
}

/** Null: the node itself. */
function requireHandler({ policies }: RepairContext, caller: Caller): string | null {
  if (caller.kind !== 'provider') {
    requireAllowed(policies, caller, 'accept_repair');
    return null;
  }
  const provider = caller.organisation ?? '';
  requireAllowed(policies, caller, 'decide_repair', { provider });
  return provider;
}

async function complete(tx: Tx, { cipher, clock }: RepairContext, repair: StoredRepair): Promise<RepairView> {
  const { code, name } = await readEnterprise(tx, repair.enterpriseId);
  const place = placeOf(repair.enterpriseId, 'content');
  return {
    ...headOf(repair),
    code,
    name,
    content: JSON.parse(await openField(tx, cipher, place, repair.contentSealed)) as RepairContent, // written by this module alone
    terms: await readTerms(tx, matterOf(repair), clock.now()),
    steps: await readSteps(tx, cipher, repair),
  };
}
