import { newId, type Tx } from '#kernel';
import { type Caller, disclosureRelation, type PopulationPermit, recordLeaf } from '#security';
import { workingDayAfter } from '../calendar/months.ts';
import type { Route } from '../definition/rules.ts';
import type { ReturnsContext } from '../returns-context.ts';
import { findHop, insertHop } from './hops.ts';

/** The node itself among the parties of a hop. */
export const NODE = 'node';

type Due = { readonly route: Route; readonly about: string; readonly from: string; readonly to: string };

/**
 * Notes which returns of a month are due: of every institution that was given anything in it, on the way it was served.
 * What is noted already stays.
 */
export async function expectReturns(
  tx: Tx,
  context: ReturnsContext,
  { permit, month }: { permit: PopulationPermit; month: string },
): Promise<void> {
  const served = await tx.rows<{ institution: string; platform: string | null }>(
    `select distinct d.institution, d.platform from ${disclosureRelation(tx, permit)} d
     where d.institution is not null
       and d.at >= ($1::date)::timestamp at time zone 'Asia/Shanghai'
       and d.at < ($1::date + interval '1 month') at time zone 'Asia/Shanghai'
     order by 1, 2`,
    [`${month}-01`],
  );
  for (const { institution, platform } of served)
    for (const due of hopsOf(institution, platform))
      if ((await findHop(tx, { ...due, month })) === undefined)
        await insertHop(tx, newHop(context, month, due));
}

function hopsOf(about: string, platform: string | null): Due[] {
  if (platform === null) return [{ route: 'institution_to_node', about, from: about, to: NODE }];
  return [
    { route: 'institution_to_platform', about, from: about, to: platform },
    { route: 'platform_to_node', about, from: platform, to: NODE },
  ];
}

/** A department's sheet is handed to it as it is sealed; a corrected one names the hop that it puts right. */
export async function expectDepartment(
  tx: Tx,
  context: ReturnsContext,
  sheet: { caller: Caller; month: string; provider: string; contentHash: string; reason: string },
): Promise<void> {
  const { caller, month, provider, contentHash, reason } = sheet;
  const due: Due = { route: 'node_to_department', about: provider, from: NODE, to: provider };
  const before = await findHop(tx, { ...due, month });
  const at = context.clock.now();
  const receipt = await recordLeaf(tx, context.keys, {
    kind: 'push',
    at,
    body: {
      act: 'hand_on_return',
      month,
      department: provider,
      contentHash,
      corrects: before?.hop_id ?? null,
    },
  });
  const acknowledge = acknowledgeBy(context, { route: due.route, month });
  await insertHop(tx, {
    ...newHop(context, month, due),
    version_no: (before?.version_no ?? 0) + 1,
    state: 'handed_in',
    content_hash: contentHash,
    handed_in_by: caller.id,
    handed_in_at: at,
    receipt_id: receipt.id,
    acknowledge_by: acknowledge,
    corrects_hop_id: before?.hop_id ?? null,
    correction_reason: before === undefined ? null : reason,
  });
}

/** A hop that waits for what it is to carry. */
export function newHop(
  { rules, calendar, clock }: ReturnsContext,
  month: string,
  { route, about, from, to }: Due,
) {
  const { date, isKnown } = workingDayAfter(calendar, month, rules.chain.hops[route].handInWorkingDays);
  return {
    hop_id: newId('rth', clock.now()),
    month: `${month}-01`,
    route,
    about,
    from_party: from,
    to_party: to,
    version_no: 1,
    due_on: date,
    due_is_certain: isKnown,
    state: 'due' as const,
  };
}

/** The receiver's own time begins when the hand-in was due: who hands in early gives it more. */
export function acknowledgeBy(
  { rules, calendar }: ReturnsContext,
  { route, month }: { route: Route; month: string },
): string {
  const { handInWorkingDays, acknowledgeWorkingDays } = rules.chain.hops[route];
  return workingDayAfter(calendar, month, handInWorkingDays + acknowledgeWorkingDays).date;
}
