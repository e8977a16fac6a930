import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  type ConsentContext,
  confirmPaperConsent,
  enterPaperConsent,
  requireRequest,
  storeScan,
} from '#consent';
import { runQuery } from '#information';
import { beijingDate, inTransaction, Refusal } from '#kernel';
import { listReported, type OutcomeItem, OUTCOMES_LIMITS, reportOutcomes, toReported } from '#outcomes';
import { type Admission, type Caller } from '#security';
import { type AdmissionUse, proveAdmission } from '#platform';
import { readManifest } from '#synth';
import { openConsent } from './consent.ts';
import {
  type Borrower,
  type Lender,
  type LendingFile,
  planLending,
  readLendingFile,
} from './demonstration-lending-file.ts';
import { type LenderPeople, openLenderPeople } from './demonstration-lending-people.ts';
import type { CasePasswords } from './demonstration-case-people.ts';
import { openOutcomes } from './http/routes/outcome-reporting.ts';
import type { Node } from './node.ts';
import { refreshAfterBatch } from './watches.ts';

/** Who asks, and how long it may go on: a stop ends it between two borrowers. */
export type LendingParts = { readonly passwords: CasePasswords; readonly signal: AbortSignal };

/** Borrowers of one report: few, so that a stop loses little of what it took to lay them down. */
const BATCH = 20;
const DAY_MS = 86_400_000;
const CONSENT_DAYS = 30;
const OPERATOR = '示范柜员';
/** What the counter would scan; the smallest file that is one. */
const SCAN = Buffer.from('%PDF-1.7\n% 合成城市的纸质授权书，不代表任何真实企业\n%%EOF\n');

/**
 * Lets the institutions of models/participants/demonstration-lending.yaml report the loans of the synthetic city, by the
 * steps of anyone: a consent on paper entered and confirmed, a query, a report that rests on it. What is reported already is
 * left alone, so that a start that was cut off is gone on with. Returns how many borrowers were added.
 */
export async function layDownLending(node: Node, { passwords, signal }: LendingParts): Promise<number> {
  const { config } = node;
  const folder = join(config.dataFolder, 'demonstration');
  const file = readLendingFile(config.packageFolder);
  const borrowers = planLending(folder, await readManifest(folder), file);
  const missing = await findMissing(node, borrowers);
  if (missing.length === 0) return 0;
  const context = openConsent(node);
  const { digest } = await storeScan(context.scansFolder, SCAN);
  let added = 0;
  for (const [lender, own] of Map.groupBy(missing, (borrower) => borrower.lender)) {
    const people = await openLenderPeople(node, passwords, lender);
    const laying: Laying = { node, context, file, lender, people, scanDigest: digest, signal };
    for (let at = 0; at < own.length && !signal.aborted; at += BATCH)
      added += await layDown(laying, own.slice(at, at + BATCH));
  }
  return added;
}

type Laying = {
  readonly node: Node;
  readonly context: ConsentContext;
  readonly file: LendingFile;
  readonly lender: Lender;
  readonly people: LenderPeople;
  readonly scanDigest: string;
  readonly signal: AbortSignal;
};

/** Borrowers of whom some loan is not reported yet. */
async function findMissing({ database }: Node, borrowers: readonly Borrower[]): Promise<Borrower[]> {
  const institutions = new Set(borrowers.map(({ lender }) => lender.institution));
  const reported = new Set<string>();
  for (const institutionId of institutions) {
    const page = { institutionId, kind: 'loan', limit: OUTCOMES_LIMITS.batchItemsMax } as const;
    for (const { values } of await inTransaction(database, (tx) => listReported(tx, page)))
      reported.add(String(values['loanNo']));
  }
  return borrowers.filter(({ items }) => !items.every(({ loan }) => reported.has(loan?.id ?? '')));
}

async function layDown(laying: Laying, borrowers: readonly Borrower[]): Promise<number> {
  const items: OutcomeItem[] = [];
  let told = 0;
  for (const borrower of borrowers) {
    if (laying.signal.aborted) return 0;
    const disclosureId = await ask(laying, borrower);
    if (disclosureId === undefined) continue;
    told += 1;
    items.push(...borrower.items.map((item) => ({ ...item, disclosureId })));
  }
  if (told > 0) await report(laying, items);
  return told;
}

/** Consent and query; undefined: the register does not know the borrower, whose registration has a planted defect. */
async function ask(laying: Laying, { code }: Borrower): Promise<string | undefined> {
  const { node, file, lender, people } = laying;
  try {
    const consentId = await consentOf(laying, code);
    const { answer } = await runQuery(node, {
      caller: people.inquirer,
      enterprise: code,
      consentId,
      purpose: lender.purpose,
      contracts: file.contracts,
      application: `DA-${code}-0`,
      operator: OPERATOR,
      ...useOf(lender),
      idempotencyKey: createHash('sha256').update(consentId).digest('hex').slice(0, 32),
    });
    return (JSON.parse(answer) as { disclosureId: string }).disclosureId; // an answer's own form
  } catch (error) {
    if (error instanceof Refusal && error.code === 'register.no_enterprise') return undefined;
    throw error;
  }
}

/** One use, on the paper's scan; entered by one person of the institution and confirmed by another. */
async function consentOf(laying: Laying, code: string): Promise<string> {
  const { node, context, file, lender, people, scanDigest } = laying;
  const now = node.clock.now().getTime();
  const request = requireRequest({
    enterprise: code,
    purpose: lender.purpose,
    contracts: file.contracts.map((id) => ({ id })),
    fetch: 'once',
    dataFrom: beijingDate(new Date(now - 365 * DAY_MS)),
    validTo: beijingDate(new Date(now + CONSENT_DAYS * DAY_MS)),
    dataLife: { count: 6, unit: 'month' },
    ...(lender.branch === undefined ? {} : { branch: lender.branch }),
    ...(lender.platform === undefined ? {} : { platforms: [lender.platform] }),
  });
  return await inTransaction(node.database, async (tx) => {
    const at = async (caller: Caller) => ({
      caller,
      admission: await proveAdmission(tx, node.clock, caller, { operator: OPERATOR }),
    });
    const entry = {
      ...(await at(people.clerk)),
      request,
      scanDigest,
      signedOn: beijingDate(node.clock.now()),
    };
    const { consentId, digest } = await enterPaperConsent(tx, context, entry);
    await confirmPaperConsent(tx, context, { ...(await at(people.confirmer)), consentId, digest });
    return consentId;
  });
}

function useOf({ institution, branch, platform }: Lender): Omit<AdmissionUse, 'operator'> {
  return {
    ...(branch === undefined ? {} : { branchId: branch }),
    ...(platform === undefined ? {} : { institutionId: institution }),
  };
}

/** As the route does: who is watched is looked at after it. */
async function report({ node, lender, people }: Laying, items: readonly OutcomeItem[]): Promise<void> {
  const caller = people.inquirer;
  await inTransaction(node.database, async (tx) => {
    const use: AdmissionUse = { operator: OPERATOR, ...useOf(lender) };
    const admission: Admission = await proveAdmission(tx, node.clock, caller, use);
    const result = await reportOutcomes(tx, openOutcomes(node), {
      admission,
      caller,
      items: toReported(items),
    });
    if (result.counts.refused > 0) throw new TypeError('the demonstration reports what can be taken in');
    await refreshAfterBatch(tx, { institutionId: admission.institutionId, result });
  });
}
