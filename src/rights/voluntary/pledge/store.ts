import type { EnterpriseId, Tx } from '#kernel';
import { recordLeaf } from '#security';
import type { VoluntaryContext } from '../voluntary-context.ts';
import type { PledgeStanding } from './pledge-state.ts';

/** A live version; days are Beijing dates. */
export type PledgeRow = {
  readonly enterpriseId: EnterpriseId;
  readonly pledgeId: string;
  readonly versionNo: number;
  readonly templateHash: string;
  readonly scope: readonly string[];
  readonly signedBy: string;
  readonly mandateId: string;
  readonly signedAt: Date;
  readonly validTo: string;
  readonly seal: object;
  readonly standing: PledgeStanding;
  readonly authority: string | null;
  readonly decisionNo: string | null;
  readonly decidedOn: string | null;
  readonly objectionSealed: string | null;
};

export async function lockPledges(tx: Tx, enterpriseId: EnterpriseId): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock($1, hashtext($2))', [PLEDGES_LOCK, enterpriseId]);
}

const PLEDGES_LOCK = 7_241_058;

/** Newest first. */
export async function readLive(tx: Tx, enterpriseId: EnterpriseId): Promise<PledgeRow[]> {
  return await tx.rows<PledgeRow>(
    `select enterprise_id::text as "enterpriseId", pledge_id as "pledgeId", version_no as "versionNo",
       template_hash as "templateHash", scope, signed_by as "signedBy", mandate_id as "mandateId",
       signed_at as "signedAt", valid_to::text as "validTo", seal, standing, authority, decision_no as "decisionNo",
       decided_on::text as "decidedOn", objection_sealed as "objectionSealed"
     from rights.pledges where enterprise_id = $1 and known_to = 'infinity'
     order by signed_at desc, pledge_id desc limit 200`,
    [enterpriseId],
  );
}

/** Ends the version before and begins this one, with its leaf. */
export async function writeVersion(
  tx: Tx,
  { clock, keys }: VoluntaryContext,
  { by, act, ...row }: PledgeRow & { by: string; act: string },
): Promise<void> {
  const at = clock.now();
  const receipt = await recordLeaf(tx, keys, {
    kind: 'pledge',
    at,
    subject: row.enterpriseId,
    body: {
      act,
      pledge: row.pledgeId,
      template: row.templateHash,
      scope: row.scope,
      validTo: row.validTo,
      authority: row.authority,
      decisionNo: row.decisionNo,
      decidedOn: row.decidedOn,
      by,
    },
  });
  await tx.rows(
    `update rights.pledges set known_to = greatest($3, known_from)
     where enterprise_id = $1 and pledge_id = $2 and known_to = 'infinity'`,
    [row.enterpriseId, row.pledgeId, at],
  );
  await tx.rows(
    `insert into rights.pledges (enterprise_id, pledge_id, version_no, template_hash, scope, signed_by, mandate_id,
       signed_at, valid_to, seal, standing, authority, decision_no, decided_on, objection_sealed, changed_by,
       receipt_id, known_from)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
    [
      row.enterpriseId,
      row.pledgeId,
      row.versionNo + 1,
      row.templateHash,
      row.scope,
      row.signedBy,
      row.mandateId,
      row.signedAt,
      row.validTo,
      JSON.stringify(row.seal),
      row.standing,
      row.authority,
      row.decisionNo,
      row.decidedOn,
      row.objectionSealed,
      by,
      receipt.id,
      at,
    ],
  );
}
