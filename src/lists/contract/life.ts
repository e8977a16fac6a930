import { inTransaction, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import type { ListsContext } from '../lists-context.ts';
import { listsRefusal } from '../lists-refusals.ts';
import { makeTables } from '../store/make-tables.ts';
import { compareColumns, liveKey, ownColumns } from '../store/table-plan.ts';
import type { ContractState, ListsTables } from '../tables.ts';
import { ContractError, contractFromOdcs } from './from-odcs.ts';
import { changedClasses } from './in-force.ts';
import type { Contract } from './shape.ts';

export type Version = {
  readonly contractId: string;
  readonly version: string;
  readonly hash: string;
  readonly state: ContractState;
  readonly origin: string;
  readonly proposedBy: string;
  readonly confirmedBy: string | null;
  readonly reviewedBy: string | null;
  readonly publishedBy: string | null;
  readonly note: string;
  readonly body: string;
};

/** Proposes a version: it must hold, name a duty, and be compatible or carry a new major version. State: 草稿. */
export async function proposeContract(
  context: ListsContext,
  { text, by, note }: { text: string; by: string; note: string },
): Promise<Version> {
  const contract = parseProposal(text);
  const current = context.catalogue.contracts.get(contract.id);
  if (current !== undefined) refuseBreaking(current, contract);
  return await inTransaction(context.database, async (tx) => {
    const at = context.clock.now();
    await tx
      .tables<ListsTables>()
      .insertInto('lists.contract_versions')
      .values({
        contract_id: contract.id,
        version: contract.version,
        hash: contract.hash,
        body: text,
        origin: 'proposal',
        state: 'draft',
        proposed_by: by,
        note,
        created_at: at,
        changed_at: at,
      })
      .onConflict((conflict) => conflict.columns(['contract_id', 'hash']).doNothing())
      .execute();
    await markChanging(tx, contract.id, true);
    return await readVersion(tx, contract.id, contract.hash);
  });
}

export async function commentContract(
  context: ListsContext,
  { contractId, hash, by, text }: { contractId: string; hash: string; by: string; text: string },
): Promise<void> {
  await inTransaction(context.database, async (tx) => {
    const version = await readVersion(tx, contractId, hash);
    await tx
      .tables<ListsTables>()
      .insertInto('lists.contract_comments')
      .values({ contract_id: contractId, hash: version.hash, author: by, text, at: context.clock.now() })
      .execute();
  });
}

const STEPS = {
  confirm: { from: 'draft', to: 'department_confirmed', column: 'confirmed_by', zh: '部门确认' },
  review: { from: 'department_confirmed', to: 'node_reviewed', column: 'reviewed_by', zh: '节点审核' },
  publish: { from: 'node_reviewed', to: 'published', column: 'published_by', zh: '发布' },
} as const;

export type LifeStep = keyof typeof STEPS;

/**
 * One step of a contract's life: department confirms, node reviews, node publishes. Each step is in the log.
 * A version that changes a class or a grade is reviewed and published by two different people (article 1,
 * capability 1.4). Publishing makes or extends the table in the same transaction.
 */
export async function advanceContract(
  context: ListsContext,
  {
    contractId,
    hash,
    step,
    by,
    partitions,
  }: { contractId: string; hash: string; step: LifeStep; by: string; partitions: number },
): Promise<Version> {
  return await inTransaction(context.database, async (tx) => {
    const version = await readVersion(tx, contractId, hash);
    const { from, to, column, zh } = STEPS[step];
    if (version.state !== from) {
      throw listsRefusal('contract.wrong_state', {
        contract: contractId,
        state: STATE_ZH[version.state],
        act: zh,
      });
    }
    const contract = contractFromOdcs(version.body, contractId);
    if (step === 'publish') {
      requireTwo(context.catalogue.contracts.get(contractId), contract, { version, by });
      await replaceInForce(tx, contractId, context.clock.now());
      await makeTables(tx, [contract], { partitions, at: context.clock.now() });
    }
    await tx
      .tables<ListsTables>()
      .updateTable('lists.contract_versions')
      .set({ state: to, [column]: by, changed_at: context.clock.now() })
      .where('contract_id', '=', contractId)
      .where('hash', '=', version.hash)
      .execute();
    await recordLeaf(tx, context.keys, {
      kind: 'definition_change',
      at: context.clock.now(),
      body: { contract: contractId, version: version.version, hash: version.hash, step, by },
    });
    return await readVersion(tx, contractId, version.hash);
  });
}

export const STATE_ZH: Readonly<Record<ContractState, string>> = {
  draft: '草稿',
  department_confirmed: '部门确认',
  node_reviewed: '节点审核',
  published: '已发布',
  changing: '变更中',
  withdrawn: '停用',
};

/** Every version of a contract, newest first. */
export async function listVersions(tx: Tx, contractId: string): Promise<Version[]> {
  return await tx.rows<Version>(`${SELECT_VERSION} where contract_id = $1 order by created_at desc`, [
    contractId,
  ]);
}

const SELECT_VERSION = `
  select contract_id as "contractId", version, hash, state, origin, proposed_by as "proposedBy",
    confirmed_by as "confirmedBy", reviewed_by as "reviewedBy", published_by as "publishedBy", note, body
  from lists.contract_versions`;

async function readVersion(tx: Tx, contractId: string, hashStart: string): Promise<Version> {
  const found = await tx.rows<Version>(`${SELECT_VERSION} where contract_id = $1 and hash like $2 || '%'`, [
    contractId,
    hashStart.replace(/[^0-9a-f]/g, ''),
  ]);
  const [only] = found;
  if (only === undefined || found.length > 1 || hashStart.length < 6) {
    throw listsRefusal('contract.proposal_unknown', { contract: contractId, hash: hashStart });
  }
  return only;
}

function parseProposal(text: string): Contract {
  try {
    return contractFromOdcs(text, 'proposal');
  } catch (error) {
    if (error instanceof ContractError)
      throw listsRefusal('contract.not_valid', { reasons: error.reasons.join('; ') });
    throw error;
  }
}

function refuseBreaking(current: Contract, proposed: Contract): void {
  if (proposed.major !== current.major) return;
  const { breaking } = compareColumns(proposed, ownColumns(current), liveKey(current));
  if (breaking.length === 0) return;
  throw listsRefusal('contract.breaking_change', {
    contract: proposed.id,
    reasons: breaking.join('; '),
    next: current.major + 1,
  });
}

function requireTwo(
  current: Contract | undefined,
  proposed: Contract,
  { version, by }: { version: Version; by: string },
): void {
  const changes = current === undefined ? [] : changedClasses(current, proposed);
  if (changes.length === 0) return;
  if (by === version.reviewedBy || by === version.proposedBy)
    throw listsRefusal('contract.needs_two', { person: by });
}

async function replaceInForce(tx: Tx, contractId: string, at: Date): Promise<void> {
  await tx.rows(
    `update lists.contract_versions set state = 'withdrawn', changed_at = $2
     where contract_id = $1 and state in ('published', 'changing')`,
    [contractId, at],
  );
}

async function markChanging(tx: Tx, contractId: string, isChanging: boolean): Promise<void> {
  await tx.rows(
    `update lists.contract_versions set state = $2 where contract_id = $1 and state in ('published', 'changing')`,
    [contractId, isChanging ? 'changing' : 'published'],
  );
}
