import type { Tx } from '#kernel';
import type { Permit } from '#security';
import type { RuleSetDefinition } from '../definition/rule-set.ts';
import { listVersions } from '../entries/rule-sets-in-force.ts';
import { whitelistRefusal } from '../whitelist-refusals.ts';
import { type EntryState, type ExitReason, REASON_WORDS } from '../whitelist-tables.ts';
import type { Words } from '../definition/rule-set.ts';

/** One time that an enterprise was on a list, or stopped being. */
export type OwnState = {
  readonly state: Exclude<EntryState, 'candidate' | 'rejected'>;
  readonly from: Date;
  /** Null: it stands. */
  readonly to: Date | null;
  readonly validUntil: string | null;
  readonly reason: (Words & { readonly code: ExitReason }) | null;
  /** The rules or exclusions that decided, in words. */
  readonly rules: readonly Words[];
};

/** What an enterprise sees of one list: whether it is on it, how it came and went, and who was told. */
export type OwnMembership = {
  readonly list: string;
  readonly name: Words;
  readonly purpose: Words;
  readonly isMember: boolean;
  readonly takesPart: boolean;
  readonly history: readonly OwnState[];
  readonly told: readonly {
    readonly institution: string;
    readonly change: string;
    readonly at: Date;
    readonly disclosureId: string;
  }[];
};

type Row = {
  list_id: string;
  rules_hash: string;
  state: OwnState['state'];
  known_from: Date;
  known_to: Date | null;
  valid_until: string | null;
  reason: ExitReason | null;
  rules: string[];
};

/**
 * The lists in force and where the Permit's subject stands and stood on each, in the words of the rules that decided.
 * Candidates are not members and are not shown. Throws `whitelists.self_only` unless it asks for itself.
 */
export async function readMemberships(tx: Tx, permit: Permit): Promise<OwnMembership[]> {
  permit.assertUsable(tx);
  if (permit.purpose !== 'self' || !permit.mayListAccesses) throw whitelistRefusal('whitelists.self_only');
  const versions = await listVersions(tx);
  const rows = await tx.rows<Row>(OWN_STATES, [permit.subject]);
  const told = await tx.rows<OwnMembership['told'][number] & { list_id: string }>(OWN_TOLD, [permit.subject]);
  const outs = await tx.rows<{ list_id: string }>(
    `select list_id from evaluation.whitelist_opt_outs where enterprise_id = $1 and known_to = 'infinity'`,
    [permit.subject],
  );
  const definitions = new Map(versions.map((one) => [one.rulesHash, one.definition]));
  return versions
    .filter(({ state }) => state === 'published')
    .map(({ listId, definition: { name, purpose } }) => {
      const own = rows.filter((row) => row.list_id === listId);
      return {
        list: listId,
        name,
        purpose,
        isMember: own.some(({ state, known_to }) => state === 'valid' && known_to === null),
        takesPart: !outs.some((row) => row.list_id === listId),
        history: own.map((row) => toState(row, definitions.get(row.rules_hash))),
        told: told.filter((row) => row.list_id === listId).map(({ list_id: _list, ...line }) => line),
      };
    });
}

function toState(row: Row, definition: RuleSetDefinition | undefined): OwnState {
  return {
    state: row.state,
    from: row.known_from,
    to: row.known_to,
    validUntil: row.valid_until,
    reason: row.reason === null ? null : { code: row.reason, ...REASON_WORDS[row.reason] },
    rules: row.rules.map((id) => wordsOf(id, definition)),
  };
}

const OWN_WORDS: Readonly<Record<string, Words>> = {
  grade: { zh: '信用等级', en: 'the credit grade' },
  size: { zh: '企业规模', en: 'the size of the enterprise' },
};

function wordsOf(id: string, definition: RuleSetDefinition | undefined): Words {
  const rule = [...(definition?.rules ?? []), ...(definition?.exclusions ?? [])].find((one) => one.id === id);
  return rule?.name ?? OWN_WORDS[id] ?? { zh: id, en: id };
}

/** From the first time that it was a member on; what never went out is the node's own work. */
const OWN_STATES = `
  select list_id, rules_hash, state, known_from, nullif(known_to, 'infinity') as known_to, valid_until::text, reason, rules
  from evaluation.whitelist_entries e
  where enterprise_id = $1 and state in ('reviewed', 'valid', 'left', 'dropped')
    and exists (
      select from evaluation.whitelist_entries v
      where v.enterprise_id = e.enterprise_id and v.list_id = e.list_id and v.state = 'valid'
        and v.known_from <= e.known_from)
  order by known_from`;

const OWN_TOLD = `
  select list_id, institution_id as institution, change, at, disclosure_id as "disclosureId"
  from evaluation.whitelist_push_rows where enterprise_id = $1 order by at, institution_id`;
