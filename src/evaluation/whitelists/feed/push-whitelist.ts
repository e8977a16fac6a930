import { createHash } from 'node:crypto';
import { beijingDate, canonicalJson, type EnterpriseId, newId, toEnterpriseId, type Tx } from '#kernel';
import { type EnterpriseIdentity, MerkleTree, readEnterprise } from '#lists';
import { listParticipants, systemCaller } from '#platform';
import {
  type Caller,
  decide,
  type DisclosureFacts,
  newDisclosureId,
  recordDisclosures,
  recordLeaf,
  requireAllowed,
} from '#security';
import { addDays } from '../../indicators/compile/days.ts';
import type { Audience, RuleSet, Slice } from '../definition/rule-set.ts';
import { type Entry, enterStates, readEntries } from '../entries/entries.ts';
import { contractsBehind } from '../entries/judge-population.ts';
import { lockList, requireInForce } from '../entries/rule-sets-in-force.ts';
import { WHITELIST_LIMITS } from '../whitelist-limits.ts';
import type { WhitelistsContext } from '../whitelists-context.ts';
import { diffPush, isInSlice, type PushChange, type Told } from './diff-push.ts';

/** What one institution was told at once. */
export type Pushed = {
  readonly institution: string;
  readonly pushNo: number;
  readonly added: number;
  readonly renewed: number;
  readonly left: number;
  /** Members that it knows now. */
  readonly members: number;
};

/**
 * A person pushes the list: who was reviewed becomes valid, and each institution of the audience that is admitted is told
 * what changed in its slice since the last time. One push, one leaf and one disclosure of each enterprise in it.
 */
export async function pushWhitelist(
  tx: Tx,
  context: WhitelistsContext,
  { caller, listId }: { readonly caller: Caller; readonly listId: string },
): Promise<{ pushes: readonly Pushed[] }> {
  requireAllowed(context.policies, caller, 'push_whitelist');
  await lockList(tx, listId);
  const ruleSet = await requireInForce(tx, context, listId);
  const at = context.clock.now();
  const audience = await readAudience(tx, ruleSet.definition.audience, at);
  const reviewed = [...(await readEntries(tx, listId, ['reviewed'])).values()];
  const goingOut = reviewed.filter((entry) =>
    audience.some((institution) => isInSlice(entry, sliceOf(ruleSet, institution))),
  );
  if (goingOut.length > 0) await makeValid(tx, context, { ruleSet, caller, entries: goingOut });
  return { pushes: await pushAll(tx, context, { ruleSet, caller, isLeavingOnly: false }) };
}

/** Tells the institutions who left, without waiting for a person. The caller holds the list. */
export async function pushLeft(
  tx: Tx,
  context: WhitelistsContext,
  { caller, ruleSet }: { readonly caller: Caller; readonly ruleSet: RuleSet },
): Promise<readonly Pushed[]> {
  return await pushAll(tx, context, { ruleSet, caller, isLeavingOnly: true });
}

async function makeValid(
  tx: Tx,
  { clock, keys }: WhitelistsContext,
  { ruleSet, caller, entries }: { ruleSet: RuleSet; caller: Caller; entries: readonly Entry[] },
): Promise<void> {
  const at = clock.now();
  const { id: listId, validityDays } = ruleSet.definition;
  const body = {
    act: 'whitelist_pushed',
    list: listId,
    rules: ruleSet.hash,
    entries: entries.length,
    by: caller.id,
  };
  const { id: receiptId } = await recordLeaf(tx, keys, { kind: 'administrative_act', at, body });
  const validUntil = addDays(beijingDate(at), validityDays);
  const valid = entries.map((entry): Entry => ({ ...entry, state: 'valid', validUntil }));
  await enterStates(tx, { listId, at, by: caller.id, receiptId }, valid);
}

type PushingAll = { readonly ruleSet: RuleSet; readonly caller: Caller; readonly isLeavingOnly: boolean };

async function pushAll(tx: Tx, context: WhitelistsContext, pushing: PushingAll): Promise<Pushed[]> {
  const { ruleSet, isLeavingOnly } = pushing;
  const listId = ruleSet.definition.id;
  const at = context.clock.now();
  const audience = await readAudience(tx, ruleSet.definition.audience, at);
  const entries = await readEntries(tx, listId);
  const knownAt = await readLastKnown(tx, listId, at);
  const pushes: Pushed[] = [];
  const names = new Map<EnterpriseId, Named>();
  for (const institution of new Set([...audience, ...(await readReceivers(tx, listId))])) {
    const told = await readTold(tx, listId, institution);
    const changes = diffPush(told, entries, {
      slice: sliceOf(ruleSet, institution),
      isInAudience: audience.includes(institution),
      today: beijingDate(at),
      isLeavingOnly,
    });
    if (changes.length === 0) continue;
    pushes.push(await pushTo(tx, context, { ...pushing, institution, told, changes, at, knownAt, names }));
  }
  return pushes;
}

type PushingOne = PushingAll & {
  readonly institution: string;
  readonly told: Told;
  readonly changes: readonly PushChange[];
  readonly at: Date;
  readonly knownAt: Date;
  /** Looked up once for all institutions. */
  readonly names: Map<EnterpriseId, Named>;
};

type Named = Pick<EnterpriseIdentity, 'code' | 'name'>;

type Row = PushChange & {
  readonly code: string | null;
  readonly name: string;
  readonly disclosureId: string;
  readonly rowNo: number;
};

async function pushTo(tx: Tx, context: WhitelistsContext, pushing: PushingOne): Promise<Pushed> {
  const { ruleSet, institution, told, changes, at, names } = pushing;
  const rows: Row[] = [];
  for (const change of changes) {
    const known = names.get(change.enterpriseId) ?? (await readEnterprise(tx, change.enterpriseId));
    names.set(change.enterpriseId, known);
    const { code, name } = known;
    rows.push({ ...change, code, name, disclosureId: newDisclosureId(at), rowNo: rows.length + 1 });
  }
  const count = (kind: Row['change']): number => rows.filter(({ change }) => change === kind).length;
  const counts = { added: count('added'), renewed: count('renewed'), left: count('left') };
  const members = told.size + counts.added - counts.left;
  const pushNo = await nextNumber(tx, ruleSet.definition.id, institution);
  const recorded = await recordPush(tx, context, pushing, { rows, pushNo, counts, members });
  await recordEach(tx, context, pushing, { rows, receiptId: recorded });
  await insertRows(tx, pushing, { rows, pushNo });
  return { institution, pushNo, ...counts, members };
}

type Numbered = {
  readonly rows: readonly Row[];
  readonly pushNo: number;
  readonly counts: Pick<Pushed, 'added' | 'renewed' | 'left'>;
  readonly members: number;
};

/** The push with its leaf, whose root is over the disclosures in it. */
async function recordPush(
  tx: Tx,
  { keys }: WhitelistsContext,
  { ruleSet, institution, caller, at, knownAt }: PushingOne,
  { rows, pushNo, counts, members }: Numbered,
): Promise<string> {
  const tree = new MerkleTree();
  for (const { disclosureId } of rows) tree.add(Buffer.from(disclosureId));
  const push = newId('psh', at);
  const { id: list } = ruleSet.definition;
  const named = { push, list, rules: ruleSet.hash, institution, number: pushNo };
  const body = {
    ...named,
    ...counts,
    members,
    merkleRoot: tree.root(),
    knownAt: knownAt.toISOString(),
    by: caller.id,
  };
  const { id: receiptId } = await recordLeaf(tx, keys, { kind: 'push', at, body });
  await tx.rows(
    `insert into evaluation.whitelist_pushes (list_id, institution_id, push_no, push_id, rules_hash, known_at, rows, members,
       merkle_root, pushed_by, pushed_at, receipt_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      list,
      institution,
      pushNo,
      push,
      ruleSet.hash,
      knownAt,
      rows.length,
      members,
      tree.root(),
      caller.id,
      at,
      receiptId,
    ],
  );
  return receiptId;
}

/** Each enterprise finds it among its accesses: what left of it, to whom, and under which leaf. */
async function recordEach(
  tx: Tx,
  context: WhitelistsContext,
  { ruleSet, institution, caller, at, knownAt }: PushingOne,
  { rows, receiptId }: { rows: readonly Row[]; receiptId: string },
): Promise<void> {
  const behind = contractsBehind(context, ruleSet);
  const contracts = behind.map(({ id }) => id);
  const node = systemCaller('whitelists');
  for (let from = 0; from < rows.length; from += WHITELIST_LIMITS.rowsPerStatement) {
    const part = rows.slice(from, from + WHITELIST_LIMITS.rowsPerStatement);
    const facts = part.map((row): DisclosureFacts => {
      const permit = decide(tx, context.policies, {
        caller: node,
        purpose: 'evaluation',
        subject: row.enterpriseId,
        contracts: behind,
        asOf: { knownAt },
      });
      const digest = digestOf(ruleSet.definition.id, row);
      const base = { permit, kind: 'whitelist_entry', contracts, fields: {}, contentDigest: digest } as const;
      return { ...base, id: row.disclosureId, institution, operator: caller.id, receiptId, at };
    });
    await recordDisclosures(tx, facts);
  }
}

/** Over what the institution is given of the row; the disclosure's id is the salt. */
function digestOf(list: string, { enterpriseId: _id, rowNo: _no, ...row }: Row): string {
  return `sha256:${createHash('sha256')
    .update(canonicalJson({ list, ...row }))
    .digest('hex')}`;
}

async function insertRows(
  tx: Tx,
  { ruleSet, institution, at }: PushingOne,
  { rows, pushNo }: Pick<Numbered, 'rows' | 'pushNo'>,
): Promise<void> {
  await tx.rows(
    `insert into evaluation.whitelist_push_rows (enterprise_id, list_id, institution_id, push_no, row_no, change, code, name,
       valid_until, reason, disclosure_id, at)
     select "enterpriseId", $1, $2, $3, "rowNo", change, code, name, "validUntil", reason, "disclosureId", $5
     from json_to_recordset($4::json) as pushed ("enterpriseId" bigint, "rowNo" integer, change text, code text, name text,
       "validUntil" date, reason text, "disclosureId" text)
     order by "enterpriseId"`,
    [ruleSet.definition.id, institution, pushNo, JSON.stringify(rows), at],
  );
}

function sliceOf({ definition }: RuleSet, institution: string): Slice | undefined {
  return definition.slices?.find((slice) => slice.institution === institution);
}

/** Head offices of the audience whose admission is in force. */
async function readAudience(tx: Tx, audience: Audience, at: Date): Promise<string[]> {
  const admitted = (await listParticipants(tx, at)).filter(
    ({ kind, parentId, state }) =>
      kind === 'institution' && parentId === null && (state === 'admitted' || state === 'trial'),
  );
  return admitted
    .filter(({ participantId, institutionType }) =>
      audience.kind === 'institutions'
        ? audience.ids.includes(participantId)
        : audience.types === undefined ||
          (institutionType !== null && audience.types.includes(institutionType)),
    )
    .map(({ participantId }) => participantId);
}

async function readReceivers(tx: Tx, listId: string): Promise<string[]> {
  const rows = await tx.rows<{ institution_id: string }>(
    'select distinct institution_id from evaluation.whitelist_pushes where list_id = $1 order by 1',
    [listId],
  );
  return rows.map(({ institution_id }) => institution_id);
}

/** Members as the institution knows them: of each enterprise the latest that it was told, unless that was its end. */
async function readTold(tx: Tx, listId: string, institution: string): Promise<Told> {
  const rows = await tx.rows<{ enterprise_id: string; change: string; valid_until: string | null }>(
    `select distinct on (enterprise_id) enterprise_id, change, valid_until::text
     from evaluation.whitelist_push_rows where list_id = $1 and institution_id = $2
     order by enterprise_id, push_no desc`,
    [listId, institution],
  );
  const on = rows.filter(({ change }) => change !== 'left');
  return new Map(on.map((row) => [toEnterpriseId(row.enterprise_id), { validUntil: row.valid_until }]));
}

/** What the entries rest on was known at the last run. */
async function readLastKnown(tx: Tx, listId: string, at: Date): Promise<Date> {
  const [row] = await tx.rows<{ known_at: Date }>(
    'select known_at from evaluation.whitelist_runs where list_id = $1 order by at desc limit 1',
    [listId],
  );
  return row?.known_at ?? at;
}

async function nextNumber(tx: Tx, listId: string, institution: string): Promise<number> {
  const [row] = await tx.rows<{ last: number | null }>(
    'select max(push_no) as last from evaluation.whitelist_pushes where list_id = $1 and institution_id = $2',
    [listId, institution],
  );
  return (row?.last ?? 0) + 1;
}
