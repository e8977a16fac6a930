import assert from 'node:assert';
import { type EnterpriseId, toEnterpriseId, type Tx } from '#kernel';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import type { ListsContext } from '../lists-context.ts';
import { mergeRefusal } from './merge-refusals.ts';
import { readSubject } from './read-subject.ts';
import { lockRegister } from './register-sql.ts';

/**
 * A merge says that one enterprise stands in the register under two ids: an alias row, nothing moves, and ending the
 * row undoes it. It takes two persons (policy article 13). What the first one proposed is a row that has not begun: in
 * force at no instant, it begins when the second one asks for the same.
 */
type Context = Pick<ListsContext, 'policies' | 'keys' | 'clock'>;

/** As policies/schema.cedarschema names it. */
const MERGE = 'merge_enterprises';

/** By codes: whose records are to be read with the other's. */
export type MergeRequest = { readonly caller: Caller; readonly alias: string; readonly into: string };

/**
 * Proposes a merge, or carries out what another person proposed. Throws `register.merge_unknown`,
 * `register.merge_same`, `register.merge_chain`, `register.merge_other_open`, or the policy's refusal.
 */
export async function mergeEnterprises(
  tx: Tx,
  context: Context,
  { caller, alias, into }: MergeRequest,
): Promise<'proposed' | 'merged'> {
  requireAllowed(context.policies, caller, MERGE);
  await lockRegister(tx);
  const pair = { aliasId: await findOwner(tx, alias), enterpriseId: await findOwner(tx, into) };
  if (pair.aliasId === pair.enterpriseId) throw mergeRefusal('register.merge_same');
  await requireNoChain(tx, pair);
  const open = await findOpen(tx, pair.aliasId);
  if (open === undefined) {
    await propose(tx, context, { ...pair, caller, act: 'merge_proposed' });
    return 'proposed';
  }
  if (open.enterprise_id !== pair.enterpriseId)
    throw mergeRefusal('register.merge_other_open', { code: alias });
  requireAllowed(context.policies, caller, MERGE, { earlierPersons: [open.decided_by] });
  const at = context.clock.now();
  await tx.rows(
    `update lists.enterprise_aliases set known_from = $2, known_to = 'infinity', decided_by = $3
     where alias_id = $1 and known_from = 'infinity'`,
    [pair.aliasId, at, caller.id],
  );
  await leafOf(tx, context, { ...pair, caller, act: 'enterprises_merged', proposedBy: open.decided_by });
  return 'merged';
}

/**
 * Proposes the end of a merge, or ends it when another person has proposed that. Whatever was said under either id
 * meanwhile stays where it was said. Throws `register.merge_unknown`, `register.not_merged`, or the policy's refusal.
 */
export async function unmergeEnterprise(
  tx: Tx,
  context: Context,
  { caller, alias }: Omit<MergeRequest, 'into'>,
): Promise<'proposed' | 'unmerged'> {
  requireAllowed(context.policies, caller, MERGE);
  await lockRegister(tx);
  const aliasId = await findOwner(tx, alias);
  const [live] = await tx.rows<{ enterprise_id: string }>(
    `select enterprise_id from lists.enterprise_aliases where alias_id = $1 and ${IS_LIVE}`,
    [aliasId],
  );
  if (live === undefined) throw mergeRefusal('register.not_merged', { code: alias });
  const pair = { aliasId, enterpriseId: live.enterprise_id };
  const open = await findOpen(tx, aliasId);
  if (open === undefined) {
    await propose(tx, context, { ...pair, caller, act: 'unmerge_proposed' });
    return 'proposed';
  }
  requireAllowed(context.policies, caller, MERGE, { earlierPersons: [open.decided_by] });
  await tx.rows(`delete from lists.enterprise_aliases where alias_id = $1 and known_from = 'infinity'`, [
    aliasId,
  ]);
  await tx.rows(
    `update lists.enterprise_aliases set known_to = greatest($2::timestamptz, known_from + interval '1 millisecond')
     where alias_id = $1 and ${IS_LIVE}`,
    [aliasId, context.clock.now()],
  );
  await leafOf(tx, context, { ...pair, caller, act: 'enterprises_unmerged', proposedBy: open.decided_by });
  return 'unmerged';
}

/** One that is in force, or waits for a second person. Codes are the best that each carries. */
export type ListedMerge = {
  readonly alias: string | null;
  readonly into: string | null;
  readonly state: 'merged' | 'merge_proposed' | 'unmerge_proposed';
  readonly by: string;
};

/** What waits comes first. */
export async function listMerges(tx: Tx, limit = 500): Promise<ListedMerge[]> {
  return await tx.rows<ListedMerge>(
    `select ${codeOf('a.alias_id')} as alias, ${codeOf('a.enterprise_id')} as into, a.decided_by as by,
       case when a.known_from < 'infinity' then 'merged'
         when exists (select from lists.enterprise_aliases m where m.alias_id = a.alias_id and m.known_to = 'infinity')
         then 'unmerge_proposed' else 'merge_proposed' end as state
     from lists.enterprise_aliases a
     where a.known_from = 'infinity' or a.known_to = 'infinity'
     order by a.known_from desc, a.alias_id limit $1`,
    [limit],
  );
}

/** The enterprise and those that are merged into it now: what was said of any of them is said of it. */
export async function readMergedIds(tx: Tx, enterpriseId: EnterpriseId): Promise<EnterpriseId[]> {
  const rows = await tx.hotRows<{ alias_id: string }>(
    'lists.merged_ids',
    `select alias_id from lists.enterprise_aliases where enterprise_id = $1 and ${IS_LIVE} order by alias_id`,
    [enterpriseId],
  );
  return [enterpriseId, ...rows.map(({ alias_id }) => toEnterpriseId(alias_id))];
}

const IS_LIVE = "known_to = 'infinity'";

type Pair = { readonly aliasId: string; readonly enterpriseId: string };

/** Whose code it is, merged or not. */
async function findOwner(tx: Tx, code: string): Promise<string> {
  const [row] = await tx.rows<{ enterprise_id: string }>(
    `select enterprise_id from lists.enterprise_codes where code = $1 and known_to = 'infinity'`,
    [readSubject(code, '').code],
  );
  if (row === undefined) throw mergeRefusal('register.merge_unknown', { code });
  return row.enterprise_id;
}

/** Reads follow one step and no more: nobody is merged twice, nor into or with others merged. */
async function requireNoChain(tx: Tx, { aliasId, enterpriseId }: Pair): Promise<void> {
  const chained = await tx.rows(
    `select from lists.enterprise_aliases
     where ${IS_LIVE} and (alias_id in ($1, $2) or enterprise_id = $1) limit 1`,
    [aliasId, enterpriseId],
  );
  if (chained.length > 0) throw mergeRefusal('register.merge_chain');
}

async function findOpen(
  tx: Tx,
  aliasId: string,
): Promise<{ enterprise_id: string; decided_by: string } | undefined> {
  const [open] = await tx.rows<{ enterprise_id: string; decided_by: string }>(
    `select enterprise_id, decided_by from lists.enterprise_aliases where alias_id = $1 and known_from = 'infinity'`,
    [aliasId],
  );
  return open;
}

type Step = Pair & { readonly caller: Caller; readonly act: string; readonly proposedBy?: string };

async function propose(tx: Tx, context: Context, step: Step): Promise<void> {
  await tx.rows(
    `insert into lists.enterprise_aliases (alias_id, enterprise_id, known_from, known_to, decided_by)
     values ($1, $2, 'infinity', '-infinity', $3)`,
    [step.aliasId, step.enterpriseId, step.caller.id],
  );
  await leafOf(tx, context, step);
}

/** About the enterprise that is read under two ids, so that it finds the step in its own log. */
async function leafOf(
  tx: Tx,
  context: Context,
  { aliasId, enterpriseId, caller, act, proposedBy }: Step,
): Promise<void> {
  assert(aliasId !== enterpriseId, 'an enterprise is no alias of itself');
  await recordLeaf(tx, context.keys, {
    kind: 'administrative_act',
    at: context.clock.now(),
    subject: toEnterpriseId(enterpriseId),
    body: {
      act,
      alias: aliasId,
      into: enterpriseId,
      by: caller.id,
      ...(proposedBy !== undefined && { proposedBy }),
    },
  });
}

function codeOf(id: string): string {
  return `(select c.code from lists.enterprise_codes c where c.enterprise_id = ${id} and c.known_to = 'infinity'
       order by c.kind = 'uscc' desc, c.code limit 1)`;
}
