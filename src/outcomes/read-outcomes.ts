import type { Tx } from '#kernel';
import { readMergedIds } from '#lists';
import type { Permit } from '#security';
import { PLANS, type Values } from './facts.ts';
import { outcomesRefusal } from './outcomes-refusals.ts';
import { FACT_KINDS, type FactKind, type Fault } from './shape.ts';
import { toWords } from './wire-values.ts';

/** What one channel says of a fact. */
export type ReportedFact = {
  readonly kind: FactKind;
  readonly institutionId: string;
  readonly channel: string;
  /** The one that counts, where several channels speak of the fact. */
  readonly isStanding: boolean;
  readonly isCorrection: boolean;
  readonly disclosureId: string;
  readonly batchId: string;
  readonly itemNo: number;
  readonly knownFrom: Date;
  /** Key and content under the names of an item; amounts in fen, months as their first day. */
  readonly values: Values;
};

type Row = {
  institution_id: string;
  channel: string;
  is_standing: boolean;
  is_correction: boolean;
  disclosure_id: string;
  batch_id: string;
  item_no: number;
  known_from: Date;
  columns: Values;
};

export type ReportedPage = {
  readonly institutionId: string;
  /** Of a platform: only what it reported itself. */
  readonly channel?: string | undefined;
  readonly kind: FactKind;
  readonly limit: number;
  /** Continue after the last line of the page before. */
  readonly after?: { readonly batchId: string; readonly itemNo: number } | undefined;
};

/** What an institution has reported and still says, oldest batch first. */
export async function listReported(tx: Tx, page: ReportedPage): Promise<ReportedFact[]> {
  const { institutionId, channel = null, kind, limit, after = { batchId: '', itemNo: 0 } } = page;
  const rows = await tx.rows<Row>(
    `${selectOf(kind)}
     where t.institution_id = $1 and ($2::text is null or t.channel = $2) and t.known_to = 'infinity'
       and (t.batch_id, t.item_no) > ($3, $4)
     order by t.batch_id, t.item_no limit $5`,
    [institutionId, channel, after.batchId, after.itemNo, limit],
  );
  return rows.map((row) => toFact(kind, row));
}

/**
 * Everything that institutions reported about the Permit's subject and whoever is merged into it, as known at the Permit's instant, what contradicts
 * included: the enterprise sees who said what of it. Throws `outcomes.self_only` unless it asks for itself.
 */
export async function listOutcomesOf(tx: Tx, permit: Permit): Promise<ReportedFact[]> {
  permit.assertUsable(tx);
  if (permit.purpose !== 'self' || !permit.mayListAccesses) throw outcomesRefusal('outcomes.self_only');
  const ids = await readMergedIds(tx, permit.subject);
  const facts: ReportedFact[] = [];
  for (const kind of FACT_KINDS) {
    const rows = await tx.rows<Row>(
      `${selectOf(kind)}
       where t.enterprise_id = any($1::bigint[]) and t.known_from <= $2 and t.known_to > $2
       order by t.known_from, t.batch_id, t.item_no`,
      [ids, permit.asOf.knownAt],
    );
    facts.push(...rows.map((row) => toFact(kind, row)));
  }
  return facts;
}

export type BatchView = {
  readonly batchId: string;
  readonly channel: string;
  readonly reportedAt: Date;
  readonly items: number;
  readonly merkleRoot: string;
  readonly receiptId: string;
  /** As they came, with everything that was wrong. */
  readonly refused: readonly {
    readonly row: number;
    readonly faults: readonly Fault[];
    readonly raw: unknown;
  }[];
};

/** A batch with what was refused of it; for the institution, or the platform that handed it in. */
export async function readBatch(
  tx: Tx,
  asked: { batchId: string; institutionId: string; channel?: string | undefined },
): Promise<BatchView> {
  const [batch] = await tx.rows<Omit<BatchView, 'refused'>>(
    `select batch_id as "batchId", channel, reported_at as "reportedAt", items, merkle_root as "merkleRoot",
       receipt ->> 'id' as "receiptId"
     from outcomes.batches
     where batch_id = $1 and institution_id = $2 and ($3::text is null or channel = $3)`,
    [asked.batchId, asked.institutionId, asked.channel ?? null],
  );
  if (batch === undefined) throw outcomesRefusal('outcomes.batch_unknown');
  const refused = await tx.rows<BatchView['refused'][number]>(
    'select item_no as row, faults, raw from outcomes.refused_items where batch_id = $1 order by item_no',
    [asked.batchId],
  );
  return { ...batch, refused };
}

export type LoanCount = {
  /** Each loan once, however many channels reported it. */
  readonly loans: number;
  /** What was said of them, by all channels. */
  readonly reports: number;
  /** Fen; text of an integer, since a city's sum may pass what a number holds. */
  readonly amountFen: string;
  readonly firstLoans: number;
  readonly creditLoans: number;
  readonly inConflict: number;
};

/** Counts loans paid out in a range of Beijing dates, both included, as the standing report of each says; needs no Permit. */
export async function countLoans(
  tx: Tx,
  range: { institutionId?: string; from?: string; to?: string } = {},
): Promise<LoanCount> {
  const [row] = await tx.rows<LoanCount>(
    `select count(*) filter (where t.is_standing)::integer as loans,
       count(*)::integer as reports,
       coalesce(sum(t.amount_fen) filter (where t.is_standing), 0)::text as "amountFen",
       count(*) filter (where t.is_standing and t.is_first_loan)::integer as "firstLoans",
       count(*) filter (where t.is_standing and t.is_credit_loan)::integer as "creditLoans",
       count(c.conflict_id) filter (where t.is_standing)::integer as "inConflict"
     from outcomes.loans t
     left join outcomes.conflicts c on c.enterprise_id = t.enterprise_id and c.institution_id = t.institution_id
       and c.kind = 'loan' and c.fact_key = jsonb_build_object('loan_no', t.loan_no) and c.state = 'open'
     where t.known_to = 'infinity' and ($1::text is null or t.institution_id = $1)
       and ($2::date is null or t.disbursed_on >= $2) and ($3::date is null or t.disbursed_on <= $3)`,
    [range.institutionId ?? null, range.from ?? null, range.to ?? null],
  );
  return row ?? { loans: 0, reports: 0, amountFen: '0', firstLoans: 0, creditLoans: 0, inConflict: 0 };
}

function selectOf(kind: FactKind): string {
  const { table, key, content, aside } = PLANS[kind];
  const pairs = Object.keys({ ...key, ...content, ...aside }).map((name) => `'${name}', t.${name}`);
  return `
    select t.institution_id, t.channel, t.is_standing, t.is_correction, t.disclosure_id, t.batch_id, t.item_no,
      t.known_from, jsonb_build_object(${pairs.join(', ')}) as columns
    from ${table} t`;
}

function toFact(kind: FactKind, row: Row): ReportedFact {
  return {
    kind,
    institutionId: row.institution_id,
    channel: row.channel,
    isStanding: row.is_standing,
    isCorrection: row.is_correction,
    disclosureId: row.disclosure_id,
    batchId: row.batch_id,
    itemNo: row.item_no,
    knownFrom: row.known_from,
    values: toWords(row.columns),
  };
}
