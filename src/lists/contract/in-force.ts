import type { KeyStore, Tx } from '#kernel';
import { recordLeaf } from '#security';
import { type Catalogue, loadCatalogue } from './load.ts';
import type { Contract } from './shape.ts';
import { contractFromOdcs } from './from-odcs.ts';
import { listsRefusal } from '../lists-refusals.ts';

type Stored = { contract_id: string; hash: string; body: string; origin: string; state: string };

/**
 * Brings the definition files of package and city into the database as versions and returns what is in force.
 * A file that is new or changed is published on start, by `package` or `city`, because whoever installs the release or
 * edits the city's folder has published it; what was published by people in the node stays in force over an unchanged
 * file. A weaker disclosure class never comes in by a file: that takes two people (`contract.class_by_file`).
 */
export async function bringIntoForce(
  tx: Tx,
  {
    packageFolder,
    cityFolder,
    at,
    keys,
  }: { packageFolder: string; cityFolder: string | undefined; at: Date; keys: KeyStore },
): Promise<Catalogue> {
  const ofPackage = loadCatalogue([packageFolder]);
  const fromFiles = cityFolder === undefined ? ofPackage : loadCatalogue([packageFolder, cityFolder]);
  const brought: { contract: string; version: string; hash: string; origin: string }[] = [];
  const stored = await tx.rows<Stored>(
    'select contract_id, hash, body, origin, state from lists.contract_versions',
  );
  const known = new Set(stored.map(({ contract_id, hash }) => `${contract_id} ${hash}`));
  const inForce = new Map(
    stored
      .filter(({ state }) => state === 'published' || state === 'changing')
      .map((row) => [row.contract_id, row]),
  );
  for (const contract of fromFiles.contracts.values()) {
    if (known.has(`${contract.id} ${contract.hash}`)) continue;
    const current = inForce.get(contract.id);
    if (current !== undefined)
      refuseWeakerClass(contractFromOdcs(current.body, current.contract_id), contract);
    const origin = ofPackage.contracts.get(contract.id)?.hash === contract.hash ? 'package' : 'city';
    await publishFile(tx, contract, { at, replaces: current?.hash, origin });
    inForce.delete(contract.id);
    brought.push({ contract: contract.id, version: contract.version, hash: contract.hash, origin });
  }
  if (brought.length > 0)
    await recordLeaf(tx, keys, { kind: 'definition_change', at, body: { by: 'files', brought } });
  return withPublished(fromFiles, inForce);
}

/** What people published in the node replaces the file's version. */
function withPublished(fromFiles: Catalogue, inForce: ReadonlyMap<string, Stored>): Catalogue {
  const contracts = new Map(fromFiles.contracts);
  for (const [id, row] of inForce) {
    if (contracts.get(id)?.hash !== row.hash) contracts.set(id, contractFromOdcs(row.body, id));
  }
  return { ...fromFiles, contracts };
}

const RANK = { public: 0, authorised: 1, invisible: 2, secret: 3 } as const;

/** Fields whose disclosure class or grade differs between two versions of a contract. */
export function changedClasses(before: Contract, after: Contract): { field: string; weaker: boolean }[] {
  return after.fields.flatMap((field) => {
    const old = before.fields.find(({ name }) => name === field.name);
    if (old === undefined || (old.disclosure === field.disclosure && old.grade === field.grade)) return [];
    return [{ field: field.name, weaker: RANK[field.disclosure] < RANK[old.disclosure] }];
  });
}

function refuseWeakerClass(before: Contract, after: Contract): void {
  const weaker = changedClasses(before, after).filter((change) => change.weaker);
  if (weaker.length === 0) return;
  const fields = weaker.map(({ field }) => field).join(', ');
  throw listsRefusal('contract.class_by_file', { contract: after.id, fields });
}

async function publishFile(
  tx: Tx,
  contract: Contract,
  { at, replaces, origin }: { at: Date; replaces: string | undefined; origin: 'package' | 'city' },
): Promise<void> {
  if (replaces !== undefined) {
    await tx.rows(
      `update lists.contract_versions set state = 'withdrawn', changed_at = $3 where contract_id = $1 and hash = $2`,
      [contract.id, replaces, at],
    );
  }
  await tx.rows(
    `insert into lists.contract_versions
       (contract_id, version, hash, body, origin, state, proposed_by, published_by, created_at, changed_at)
     values ($1, $2, $3, $4, $6, 'published', $6, $6, $5, $5)`,
    [contract.id, contract.version, contract.hash, contract.text, at, origin],
  );
}

/** Changes whenever a contract does; what a process compares to know that its catalogue is old. */
export async function readCatalogueStamp(tx: Tx): Promise<string> {
  const [row] = await tx.rows<{ stamp: string }>(
    `select count(*) || ' ' || coalesce(max(changed_at)::text, '') as stamp from lists.contract_versions`,
  );
  return row?.stamp ?? '';
}

/** The text of one version, in force or not; a delivery is checked by the version it came under. */
export async function readContractVersion(
  tx: Tx,
  contractId: string,
  hash: string,
): Promise<Contract | undefined> {
  const [row] = await tx.rows<{ body: string }>(
    'select body from lists.contract_versions where contract_id = $1 and hash = $2',
    [contractId, hash],
  );
  return row && contractFromOdcs(row.body, contractId);
}
