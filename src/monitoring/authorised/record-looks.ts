import { type EnterpriseId, newId, toEnterpriseId, type Tx } from '#kernel';
import { familiesOf } from '#lists';
import { recordLeaf } from '#security';
import type { MonitoringContext } from '../monitoring-context.ts';
import { merklePaths } from './merkle-paths.ts';
import type { Look } from './open-look.ts';

/** Datasets that were looked at in a look. */
export type DoneLook = { readonly look: Look; readonly contracts: readonly string[] };

/**
 * One leaf for the looks of a transaction, with the root of a Merkle tree over them, and a row for each by which its
 * enterprise proves that it is in there. Commits with what the looks found, so that none is without its leaf.
 */
export async function recordLooks(
  tx: Tx,
  { keys, clock }: Pick<MonitoringContext, 'keys' | 'clock'>,
  { runId, looks }: { readonly runId: string; readonly looks: readonly DoneLook[] },
): Promise<void> {
  if (looks.length === 0) return;
  const at = clock.now();
  const rows = looks.map(({ look: { watch }, contracts }) => {
    const { enterpriseId, institutionId, consentId } = watch;
    return { lookId: newId('lok', at), enterpriseId, institutionId, consentId, contracts };
  });
  const { root, paths } = merklePaths(rows.map(lookText));
  const { id: receiptId } = await recordLeaf(tx, keys, {
    kind: 'monitoring_run',
    at,
    body: { what: 'looks_under_consent', run: runId, looks: rows.length, merkleRoot: root },
  });
  const placed = rows.map((row, place) => ({ ...row, place, path: paths[place] ?? [] }));
  await tx.rows(INSERT_LOOKS, [JSON.stringify(placed), runId, at, receiptId, rows.length]);
}

type LookRow = {
  readonly lookId: string;
  readonly enterpriseId: EnterpriseId;
  readonly institutionId: string;
  readonly consentId: string;
  readonly contracts: readonly string[];
};

/** What a leaf of that tree says; the look's id, which is drawn, keeps the others from being guessed by their neighbours. */
export function lookText({ lookId, enterpriseId, institutionId, consentId, contracts }: LookRow): string {
  return [lookId, enterpriseId, institutionId, consentId, contracts.join(',')].join(' ');
}

const INSERT_LOOKS = `
  insert into monitoring.looks (enterprise_id, look_id, institution_id, consent_id, run_id, looked_at, contracts,
    receipt_id, place, leaves, path)
  select "enterpriseId", "lookId", "institutionId", "consentId", $2, $3, contracts, $4, place, $5, path
  from json_to_recordset($1::json) as l ("enterpriseId" bigint, "lookId" text, "institutionId" text, "consentId" text,
    contracts text[], place integer, path text[])
  order by 1, 2`;

/** A look as its enterprise is shown it: `path` leads from `lookText` to the root on the receipt's leaf (RFC 6962). */
export type KeptLook = LookRow & {
  readonly runId: string;
  readonly lookedAt: Date;
  readonly receiptId: string;
  readonly place: number;
  readonly leaves: number;
  readonly path: readonly string[];
};

/**
 * What was looked at of an enterprise under its consents, the latest first, by ids, which tell the time; `before` leaves out
 * that look and all after it. Whoever asks shows it to that enterprise alone.
 */
export async function readLooks(
  tx: Tx,
  {
    enterpriseId,
    limit,
    before,
  }: { readonly enterpriseId: EnterpriseId; readonly limit: number; readonly before?: string },
): Promise<KeptLook[]> {
  const rows = await tx.rows<Omit<KeptLook, 'enterpriseId'> & { enterprise_id: string }>(
    `select l.enterprise_id, l.look_id as "lookId", l.institution_id as "institutionId", l.consent_id as "consentId",
       l.contracts, l.run_id as "runId", l.looked_at as "lookedAt", l.receipt_id as "receiptId", l.place, l.leaves, l.path
     from ${familiesOf('$1')} f join monitoring.looks l on l.enterprise_id = f.member_id
     where $3::text is null or l.look_id < $3 order by l.look_id desc limit $2`,
    [[enterpriseId], limit, before ?? null],
  );
  return rows.map(({ enterprise_id, ...row }) => ({ ...row, enterpriseId: toEnterpriseId(enterprise_id) }));
}

/** The leaf stays; the rows by which single looks are found in it are kept this long. */
const LOOKS_KEPT_DAYS = 731;

/** Removes the rows of looks that are old enough. Run again it finds nothing. */
export async function sweepLooks(tx: Tx, { clock }: Pick<MonitoringContext, 'clock'>): Promise<void> {
  const before = new Date(clock.now().getTime() - LOOKS_KEPT_DAYS * 86_400_000);
  await tx.rows('delete from monitoring.looks where looked_at < $1', [before]);
}
