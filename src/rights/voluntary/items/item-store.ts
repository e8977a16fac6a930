import type { EnterpriseId, Tx } from '#kernel';
import type { EvidenceLevel } from '#information';

export type ItemState = 'current' | 'stale' | 'withdrawn';

/** A live version of an item with the filing that holds. Days are Beijing dates. */
export type ItemRow = {
  readonly enterpriseId: EnterpriseId;
  readonly itemId: string;
  readonly versionNo: number;
  readonly contractId: string;
  readonly filingId: string;
  /** `<delivery>:<row>`; null where the record came by another way than a filing. */
  readonly recordId: string | null;
  readonly entrances: readonly string[];
  readonly level: EvidenceLevel;
  readonly validTo: string;
  readonly state: ItemState;
  readonly knownFrom: Date;
};

const COLUMNS = `enterprise_id::text as "enterpriseId", item_id as "itemId", version_no as "versionNo",
  contract_id as "contractId", filing_id as "filingId", record_id as "recordId", entrances, level,
  valid_to::text as "validTo", state, known_from as "knownFrom"`;

export async function readItem(
  tx: Tx,
  { enterpriseId, itemId }: { enterpriseId: EnterpriseId; itemId: string },
): Promise<ItemRow | undefined> {
  const [row] = await tx.rows<ItemRow>(
    `select ${COLUMNS} from rights.items where enterprise_id = $1 and item_id = $2 and known_to = 'infinity'`,
    [enterpriseId, itemId],
  );
  return row;
}

/** In the order of the list; withdrawn ones too. */
export async function readItemRows(tx: Tx, enterpriseId: EnterpriseId, limit: number): Promise<ItemRow[]> {
  return await tx.rows<ItemRow>(
    `select ${COLUMNS} from rights.items where enterprise_id = $1 and known_to = 'infinity'
     order by contract_id, item_id limit $2`,
    [enterpriseId, limit],
  );
}

/** Records of items that ran out. */
export async function readStaleRecords(tx: Tx, enterpriseId: EnterpriseId): Promise<Set<string>> {
  const rows = await tx.rows<{ record_id: string }>(
    `select record_id from rights.items
     where enterprise_id = $1 and known_to = 'infinity' and state = 'stale' and record_id is not null`,
    [enterpriseId],
  );
  return new Set(rows.map(({ record_id }) => record_id));
}

/** Items that count until before `day`, oldest first; a page, held, so that two jobs do not tell twice. */
export async function takeExpired(tx: Tx, day: string, limit: number): Promise<ItemRow[]> {
  return await tx.rows<ItemRow>(
    `select ${COLUMNS} from rights.items where known_to = 'infinity' and state = 'current' and valid_to < $1
     order by valid_to, enterprise_id, item_id limit $2 for update skip locked`,
    [day, limit],
  );
}

/** Ends the version before and begins this one. */
export async function writeItem(
  tx: Tx,
  item: Omit<ItemRow, 'versionNo' | 'knownFrom'>,
  at: Date,
): Promise<void> {
  await tx.rows(
    `with ended as (
       update rights.items set known_to = greatest($10, known_from)
       where enterprise_id = $1 and item_id = $2 and known_to = 'infinity' returning version_no)
     insert into rights.items (enterprise_id, item_id, version_no, contract_id, filing_id, record_id, entrances, level,
       valid_to, state, known_from)
     select $1, $2, coalesce((select version_no from ended), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10`,
    [
      item.enterpriseId,
      item.itemId,
      item.contractId,
      item.filingId,
      item.recordId,
      item.entrances,
      item.level,
      item.validTo,
      item.state,
      at,
    ],
  );
}

export type FilingState = 'accepted' | 'kept' | 'returned' | 'beside' | 'withdrawing' | 'withdrawn';

export type FilingRow = {
  readonly enterpriseId: EnterpriseId;
  readonly filingId: string;
  readonly itemId: string;
  readonly contractId: string;
  readonly valuesDigest: string;
  readonly valuesSealed: string | null;
  readonly entrance: string;
  readonly partyId: string | null;
  readonly filedBy: string;
  readonly filedAt: Date;
  readonly pledgeId: string;
  readonly state: FilingState;
  readonly receiptId: string;
  /** When its state was last settled; null: never. */
  readonly settledAt: Date | null;
};

const FILING_COLUMNS = `enterprise_id::text as "enterpriseId", filing_id as "filingId", item_id as "itemId",
  contract_id as "contractId", values_digest as "valuesDigest", values_sealed as "valuesSealed", entrance,
  party_id as "partyId", filed_by as "filedBy", filed_at as "filedAt", pledge_id as "pledgeId", state,
  receipt_id as "receiptId", settled_at as "settledAt"`;

export async function readFiling(
  tx: Tx,
  { enterpriseId, filingId }: { enterpriseId: EnterpriseId; filingId: string },
): Promise<FilingRow | undefined> {
  const [row] = await tx.rows<FilingRow>(
    `select ${FILING_COLUMNS} from rights.filings where enterprise_id = $1 and filing_id = $2`,
    [enterpriseId, filingId],
  );
  return row;
}

/** The filing of the item whose delivery is not settled; at most one. */
export async function readOpenFiling(
  tx: Tx,
  { enterpriseId, itemId }: { enterpriseId: EnterpriseId; itemId: string },
): Promise<FilingRow | undefined> {
  const [row] = await tx.rows<FilingRow>(
    `select ${FILING_COLUMNS} from rights.filings
     where enterprise_id = $1 and item_id = $2 and state in ('accepted', 'withdrawing')`,
    [enterpriseId, itemId],
  );
  return row;
}

export async function insertFiling(tx: Tx, filing: FilingRow): Promise<void> {
  await tx.rows(
    `insert into rights.filings (enterprise_id, filing_id, item_id, contract_id, values_digest, values_sealed, entrance,
       party_id, filed_by, filed_at, pledge_id, state, receipt_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      filing.enterpriseId,
      filing.filingId,
      filing.itemId,
      filing.contractId,
      filing.valuesDigest,
      filing.valuesSealed,
      filing.entrance,
      filing.partyId,
      filing.filedBy,
      filing.filedAt,
      filing.pledgeId,
      filing.state,
      filing.receiptId,
    ],
  );
}

/** Only from the state that the caller knows: of two that settle one filing the second changes nothing. */
export async function settleFiling(
  tx: Tx,
  { enterpriseId, filingId, state: before }: Pick<FilingRow, 'enterpriseId' | 'filingId' | 'state'>,
  { state, deliveryId, at }: { state: FilingState; deliveryId: string | null; at: Date },
): Promise<boolean> {
  const rows = await tx.rows(
    `update rights.filings set state = $4, delivery_id = coalesce($5, delivery_id), settled_at = $6,
       values_sealed = case when $4 in ('returned', 'withdrawn') then null else values_sealed end
     where enterprise_id = $1 and filing_id = $2 and state = $3 returning filing_id`,
    [enterpriseId, filingId, before, state, deliveryId, at],
  );
  return rows.length === 1;
}
