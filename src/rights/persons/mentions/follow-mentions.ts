import assert from 'node:assert';
import { inTransaction, newId, type Tx } from '#kernel';
import { type Contract, FIRST_ROW, type NamedPerson, readKnownAt, readNamedPersons } from '#lists';
import { systemCaller } from '#platform';
import { type Grant, recordLeaf, requireAllowed } from '#security';
import { type MentionDefinition, requirePersonsFit } from '../definition/load-persons.ts';
import type { PersonsContext } from '../persons-context.ts';
import { PERSONS_LIMITS } from '../persons-limits.ts';

export type FollowedMentions = { readonly mentions: number; readonly notices: number };

/**
 * After deliveries: finds who newly stands in records, and owes each a notice at the first record of a contract (article 17).
 * Each contract goes on from where it stood last; a page and its place commit together with what was found, in one statement
 * each, so that what a crash left is found again and nobody is told twice. Throws `persons.definition_not_valid`.
 */
export async function followMentions(context: PersonsContext): Promise<FollowedMentions> {
  requirePersonsFit(context.persons, context.catalogue);
  const total = { mentions: 0, notices: 0 };
  const byContract = Map.groupBy(context.persons.mentions, ({ contract }) => contract);
  for (const [id, definitions] of byContract) {
    const contract = context.catalogue.contracts.get(id);
    assert(contract !== undefined, 'the definition fits the catalogue');
    if (!contract.sharingModes.includes('replicated')) continue;
    const { since, until } = await inTransaction(context.database, (tx) => readSpan(tx, id));
    if (until <= since) continue;
    for (const definition of definitions) {
      const found = await followOne(context, { contract, definition, since, until });
      total.mentions += found.mentions;
      total.notices += found.notices;
    }
    await inTransaction(context.database, (tx) => moveOn(tx, id, until));
  }
  return total;
}

type Span = { readonly since: Date; readonly until: Date };

async function readSpan(tx: Tx, contractId: string): Promise<Span> {
  const until = await readKnownAt(tx, [contractId]);
  const [row] = await tx.rows<{ since: Date }>(
    'select swept_until as since from rights.person_sweeps where contract_id = $1',
    [contractId],
  );
  return { since: row?.since ?? new Date(0), until };
}

type Followed = Span & { readonly contract: Contract; readonly definition: MentionDefinition };

async function followOne(context: PersonsContext, followed: Followed): Promise<FollowedMentions> {
  const total = { mentions: 0, notices: 0 };
  let after = FIRST_ROW;
  for (;;) {
    const page = await inTransaction(context.database, (tx) =>
      followPage(tx, context, { ...followed, after }),
    );
    total.mentions += page.mentions;
    total.notices += page.notices;
    if (page.last === undefined) return total;
    after = page.last;
  }
}

async function followPage(
  tx: Tx,
  context: PersonsContext,
  { contract, definition, ...span }: Followed & { readonly after: NamedPerson['place'] },
) {
  const grant = requireAllowed(context.policies, systemCaller('follow_persons'), 'follow_persons');
  const { name, number } = definition;
  const limit = PERSONS_LIMITS.sweepPageRows;
  const rows = await readNamedPersons(tx, grant, { contract, fields: { name, number }, ...span, limit });
  const found = rows.map((row) => ({ ...row, link: context.digests.link(row.name, row.maskedNumber) }));
  const mentions = await keepMentions(tx, definition, found);
  const notices = await oweNotices(tx, context, { grant, contractId: contract.id, found });
  return { mentions, notices, last: rows.length < limit ? undefined : rows.at(-1)?.place };
}

type Found = NamedPerson & { readonly link: string };

async function keepMentions(
  tx: Tx,
  { contract, role }: MentionDefinition,
  found: readonly Found[],
): Promise<number> {
  const rows = await tx.rows(
    `insert into rights.person_mentions (enterprise_id, contract_id, record_id, role, link_digest, known_from)
     select f.enterprise_id, $1, f.record_id, $2, f.link, f.known_from
     from unnest($3::bigint[], $4::text[], $5::text[], $6::timestamptz[]) as f (enterprise_id, record_id, link, known_from)
     on conflict do nothing returning 1`,
    [
      contract,
      role,
      found.map(({ enterpriseId }) => enterpriseId),
      found.map(({ recordId }) => recordId),
      found.map(({ link }) => link),
      found.map(({ knownFrom }) => knownFrom),
    ],
  );
  return rows.length;
}

/** One for each person and contract; one leaf says how many a page owes, and names nobody. */
async function oweNotices(
  tx: Tx,
  { clock, keys }: PersonsContext,
  { grant, contractId, found }: { grant: Grant; contractId: string; found: readonly Found[] },
): Promise<number> {
  const links = [...new Set(found.map(({ link }) => link))];
  const at = clock.now();
  const rows = await tx.rows(
    `insert into rights.person_notices (link_digest, contract_id, notice_id, first_found_at)
     select f.link, $1, f.notice_id, $2 from unnest($3::text[], $4::text[]) as f (link, notice_id)
     on conflict (link_digest, contract_id) do nothing returning 1`,
    [contractId, at, links, links.map(() => newId('pnt', at))],
  );
  const owed = rows.length;
  if (owed > 0) {
    const body = { act: 'person_notices_owed', contract: contractId, notices: owed, by: grant.caller.id };
    await recordLeaf(tx, keys, { kind: 'administrative_act', at, body });
  }
  return owed;
}

/** Of two that ran at once the one that came further is believed. */
async function moveOn(tx: Tx, contractId: string, until: Date): Promise<void> {
  await tx.rows(
    `insert into rights.person_sweeps (contract_id, swept_until) values ($1, $2)
     on conflict (contract_id) do update set swept_until = excluded.swept_until
     where person_sweeps.swept_until < excluded.swept_until`,
    [contractId, until],
  );
}
