import { createHash } from 'node:crypto';
import { newId, type Tx } from '#kernel';
import { findEnterprise } from '#lists';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import { endTerm } from '../time-limits/running/change-term.ts';
import { startTerm } from '../time-limits/running/start-term.ts';
import { requireWords } from './apply-repair.ts';
import { endUse } from './end-use.ts';
import { readOwnRecords, requireRecord, sameMatter } from './read-records.ts';
import type { RepairContext } from './repair-context.ts';
import { NODE } from './terms.ts';

export type AnnulledRecord = {
  readonly annulmentId: string;
  readonly records: number;
  readonly dueOn: string | null;
};

/**
 * 决定被撤销: a department says that a decision of its own was changed, annulled or found unlawful. Its record and the copies of it
 * are removed in this very transaction, and the term of the profile with it. Throws the policy's refusal, `repairs.record_unknown`,
 * `repairs.words_not_valid`.
 */
export async function annulRecord(
  tx: Tx,
  context: RepairContext,
  asked: {
    readonly caller: Caller;
    readonly code: string;
    readonly contract: string;
    readonly record?: string;
    readonly document?: string;
    readonly words: string;
  },
): Promise<AnnulledRecord> {
  const { policies, clock, repairRules } = context;
  const { caller } = asked;
  const own = caller.organisation === null ? {} : { provider: caller.organisation };
  requireAllowed(policies, caller, 'annul_record', own);
  const words = requireWords(asked.words, repairRules.bounds.wordsCharactersMax);
  const { enterpriseId } = await findEnterprise(tx, asked.code);
  const records = await readOwnRecords(tx, context, { caller: 'node', enterpriseId });
  const found = requireRecord(context, records, asked);
  const { body } = repairRules.contracts[asked.contract] ?? {};
  const isOfBody = body !== undefined && found.version.values[body] === caller.organisation;
  const provider = isOfBody ? (caller.organisation ?? '') : found.contract.provider;
  const grant = requireAllowed(policies, caller, 'annul_record', { enterprise: enterpriseId, provider });
  const at = clock.now();
  const annulmentId = newId('rpa', at);
  const matter = { kind: 'repair', id: annulmentId, enterpriseId } as const;
  const term = { matter, term: 'annulled_removal', responsible: NODE } as const;
  await startTerm(tx, context, { ...term, startedAt: at });
  const copies = sameMatter(context, records, found);
  for (const { contract, version } of copies) {
    const of = { grant, enterpriseId, contract, recordId: version.recordId };
    await endUse(tx, context, { ...of, cause: 'annulled', causeId: annulmentId, at });
  }
  const said = {
    annulment: annulmentId,
    words: createHash('sha256').update(words).digest('hex'),
    by: caller.id,
  };
  const leaf = { act: 'decision_annulled', ...said, records: copies.length, policyHash: grant.policyHash };
  await recordLeaf(tx, context.keys, { kind: 'repair_decision', at, subject: enterpriseId, body: leaf });
  const { dueOn } = await endTerm(tx, context, { ...term, at });
  return { annulmentId, records: copies.length, dueOn };
}
