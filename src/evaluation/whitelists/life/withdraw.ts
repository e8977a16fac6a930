import { type EnterpriseId, type Tx } from '#kernel';
import { systemCaller } from '#platform';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import { enterStates, readEntries } from '../entries/entries.ts';
import { lockList, requireInForce } from '../entries/rule-sets-in-force.ts';
import { pushLeft } from '../feed/push-whitelist.ts';
import type { WhitelistsContext } from '../whitelists-context.ts';

/**
 * The enterprise says whether it may be on a list. Said no, it leaves at once, the institutions are told, and no run makes
 * it a candidate until it says yes again; said yes, the next run judges it like any other.
 */
export async function setParticipation(
  tx: Tx,
  context: WhitelistsContext,
  asked: {
    readonly caller: Caller;
    readonly enterpriseId: EnterpriseId;
    readonly listId: string;
    readonly takesPart: boolean;
  },
): Promise<void> {
  const { caller, enterpriseId, listId, takesPart } = asked;
  requireAllowed(context.policies, caller, 'leave_whitelist', { enterprise: enterpriseId });
  await lockList(tx, listId);
  const ruleSet = await requireInForce(tx, context, listId);
  const at = context.clock.now();
  const body = { act: takesPart ? 'whitelist_joined' : 'whitelist_left', list: listId, by: caller.id };
  const { id: receiptId } = await recordLeaf(tx, context.keys, {
    kind: 'administrative_act',
    at,
    subject: enterpriseId,
    body,
  });
  await keepWish(tx, { ...asked, at, receiptId });
  if (takesPart) return;
  const entry = (await readEntries(tx, listId, ['candidate', 'reviewed', 'valid'])).get(enterpriseId);
  if (entry === undefined) return;
  const state = entry.state === 'valid' ? 'left' : 'dropped';
  const left = { ...entry, state, reason: 'withdrawn', rules: [], note: null } as const;
  await enterStates(tx, { listId, at, by: caller.id, receiptId }, [left]);
  await pushLeft(tx, context, { caller: systemCaller('whitelists'), ruleSet });
}

type Wish = {
  readonly caller: Caller;
  readonly enterpriseId: EnterpriseId;
  readonly listId: string;
  readonly takesPart: boolean;
  readonly at: Date;
  readonly receiptId: string;
};

/** Said once more, it stands as it stood. */
async function keepWish(
  tx: Tx,
  { caller, enterpriseId, listId, takesPart, at, receiptId }: Wish,
): Promise<void> {
  if (takesPart) {
    await tx.rows(
      `update evaluation.whitelist_opt_outs set known_to = greatest($3::timestamptz, known_from + interval '1 millisecond')
       where enterprise_id = $1 and list_id = $2 and known_to = 'infinity'`,
      [enterpriseId, listId, at],
    );
    return;
  }
  await tx.rows(
    `insert into evaluation.whitelist_opt_outs (enterprise_id, list_id, known_from, said_by, receipt_id)
     select $1, $2, greatest($3::timestamptz, max(o.known_to)), $4, $5
     from evaluation.whitelist_opt_outs o where o.enterprise_id = $1 and o.list_id = $2 and o.known_to < 'infinity'
     on conflict do nothing`,
    [enterpriseId, listId, at, caller.id, receiptId],
  );
}
