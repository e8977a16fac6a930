import { randomBytes } from 'node:crypto';
import {
  beijingDate,
  type CertifiedKey,
  type Config,
  endOfBeijingDate,
  inPipelinedTransaction,
  openCertificate,
  sendWithTurn,
  startAll,
  type Tx,
} from '#kernel';
import {
  type Contract,
  type DatasetAnswer,
  type EnterpriseIdentity,
  findEnterprise,
  type ListsContext,
  readDatasets,
  readMoment,
  sizeLabel,
} from '#lists';
import {
  type Caller,
  decide,
  newDisclosureId,
  type Permit,
  type PolicySet,
  recordDisclosure,
  recordLeaf,
} from '#security';
import { renderHtml } from './report/html/html.ts';
import { renderJson } from './report/json.ts';
import { type Outline, readOutline } from './report/outline.ts';
import {
  composeReport,
  type DatasetInput,
  RECORDS_PER_DATASET_MAX,
  type ReportInput,
} from './report/payload.ts';
import { type ReadEvidence, readStandings, type Standings } from './read-evidence.ts';
import { openPdfCompiler, type PdfCompiler } from './report/pdf/compile.ts';
import { openFont } from './report/pdf/font.ts';
import { renderPdf } from './report/pdf/pdf.ts';
import { reportRefusal } from './report/report-refusals.ts';
import type { ReportPayload } from './report/shape.ts';
import { sealPayload, type SignedReport, signReport } from './report/sign.ts';
import type { CodeLabel } from './report/values.ts';

/** What the enterprise says beside records of its own, by record id; as said until an instant, null: until now. */
export type ReadStatements = (
  tx: Tx,
  of: { readonly recordIds: readonly string[]; readonly until: Date | null },
) => Promise<ReadonlyMap<string, string>>;

/** What issuing reports needs; opened once. */
export type ReportIssuer = {
  readonly lists: ListsContext;
  readonly policies: PolicySet;
  readonly config: Config;
  readonly outline: Outline;
  /** How well records that enterprises filed are proved; absent: nobody keeps it. */
  readonly readEvidence?: ReadEvidence;
  /** 声明 beside records that stay as they are; absent: nobody keeps them. */
  readonly readStatements?: ReadStatements;
  readonly openPdf: () => Promise<{ compile: PdfCompiler; key: CertifiedKey }>;
};

export type ReportRequest = {
  readonly caller: Caller;
  /** Any code of the enterprise. */
  readonly code: string;
  readonly purpose: 'public_report' | 'self';
  /** Beijing date; the report then says what the node knew at the end of that day. Absent: now. */
  readonly asOf?: string | undefined;
};

/** A report that is on record: disclosed, in the log, signed. */
export type IssuedReport = SignedReport & { readonly disclosureId: string };

/** Opens what reports are made with; font and compiler are loaded with the first PDF and kept. */
export function openReportIssuer(
  needs: Pick<ReportIssuer, 'lists' | 'policies' | 'config' | 'readEvidence' | 'readStatements'>,
): ReportIssuer {
  let pdf: Promise<{ compile: PdfCompiler; key: CertifiedKey }> | undefined;
  return {
    ...needs,
    outline: readOutline(needs.config.packageFolder),
    openPdf: () => {
      pdf ??= loadPdf(needs);
      return pdf;
    },
  };
}

/**
 * Issues the standard report of one enterprise, in named steps: find → decide → read → compose → record and sign.
 * The disclosure and its leaf commit together before anything is returned. Throws refusals of register and decision.
 * What does not need the answer to an earlier statement does not wait for it: three journeys to the database in all.
 */
export async function issueReport(issuer: ReportIssuer, request: ReportRequest): Promise<IssuedReport> {
  return await inPipelinedTransaction(issuer.lists.database, async (tx) => {
    const contracts = contractsOf(issuer, request.purpose);
    const [finding, choosing] = startAll(
      findEnterprise(tx, request.code),
      chooseMoment(tx, issuer, { contracts, asOf: request.asOf }),
    );
    const enterprise = await finding;
    const { knownAt, isSynthetic } = await choosing;
    const permit = decide(tx, issuer.policies, {
      caller: request.caller,
      purpose: request.purpose,
      subject: enterprise.enterpriseId,
      contracts,
      asOf: { knownAt },
    });
    sendWithTurn(tx.client);
    const answers = await readDatasets(tx, permit, { contracts, limit: RECORDS_PER_DATASET_MAX });
    const until = request.asOf === undefined ? null : knownAt;
    const [levelling, stating] = startAll(
      readStandings(tx, issuer.readEvidence, { enterpriseId: enterprise.enterpriseId, answers }),
      readSaid(tx, issuer, { answers, until }),
    );
    const [standings, statements] = [await levelling, await stating];
    return await recordReport(tx, issuer, {
      permit,
      enterprise,
      answers,
      isSynthetic,
      standings,
      statements,
    });
  });
}

/** The readable, signed JSON form. */
export function toJson(report: SignedReport): string {
  return renderJson(report);
}

/** One self-contained page; serve it under `REPORT_CSP`. */
export function toHtml(issuer: ReportIssuer, report: SignedReport): string {
  return renderHtml(report, issuer.lists.keys.get('report'));
}

/** PDF/A with a PAdES signature; refuses when a city has not put its certificate in place. */
export async function toPdf(issuer: ReportIssuer, report: SignedReport): Promise<Buffer> {
  const { compile, key } = await issuer.openPdf();
  const { pdf } = renderPdf(report, { compile, key });
  return pdf;
}

/** A public report speaks of datasets that have a public part; the enterprise's own of all. */
function contractsOf(issuer: ReportIssuer, purpose: ReportRequest['purpose']): Contract[] {
  const contracts = [...issuer.lists.catalogue.contracts.values()];
  return purpose === 'self'
    ? contracts
    : contracts.filter(({ disclosures }) => disclosures.includes('public'));
}

async function chooseMoment(
  tx: Tx,
  issuer: ReportIssuer,
  { contracts, asOf }: { contracts: readonly Contract[]; asOf: string | undefined },
): Promise<{ knownAt: Date; isSynthetic: boolean }> {
  const latest = await readMoment(
    tx,
    contracts.map(({ id }) => id),
  );
  if (asOf === undefined) return latest;
  if (!isDate(asOf) || asOf > beijingDate(issuer.lists.clock.now()))
    throw reportRefusal('report.as_of', { asOf });
  const end = endOfBeijingDate(asOf);
  return end < latest.knownAt ? { ...latest, knownAt: end } : latest;
}

function isDate(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

type Reading = {
  permit: Permit;
  enterprise: EnterpriseIdentity;
  answers: readonly DatasetAnswer[];
  isSynthetic: boolean;
  standings: Standings;
  statements: ReadonlyMap<string, string>;
};

/** Asks nothing where no record is printed. */
async function readSaid(
  tx: Tx,
  { readStatements }: ReportIssuer,
  { answers, until }: Pick<Reading, 'answers'> & { until: Date | null },
): Promise<ReadonlyMap<string, string>> {
  const recordIds = answers.flatMap(({ records }) => records.map(({ recordId }) => recordId));
  if (recordIds.length === 0 || readStatements === undefined) return new Map();
  return await readStatements(tx, { recordIds, until });
}

/**
 * Leaf first, so that the report can carry its receipt; then the disclosure with the digest of what was given. The
 * report is composed and signed while the database writes the one; the other travels with the commit, which hears both.
 */
async function recordReport(tx: Tx, issuer: ReportIssuer, reading: Reading): Promise<IssuedReport> {
  const { permit, enterprise, answers } = reading;
  const at = issuer.lists.clock.now();
  const made: Made = { at, number: reportNumber(at), disclosureId: newDisclosureId(at) };
  const contracts = answers.filter(({ outcome }) => outcome !== 'denied').map(({ contract }) => contract.id);
  const receipt = await recordLeaf(tx, issuer.lists.keys, {
    kind: 'report',
    at,
    subject: enterprise.enterpriseId,
    body: {
      number: made.number,
      disclosure: made.disclosureId,
      purpose: permit.purpose,
      contracts,
      knownAt: permit.asOf.knownAt.toISOString(),
      policyHash: permit.policyHash,
    },
  });
  const composed = compose(issuer, reading, made);
  const sealed = sealPayload({ ...composed, receipt: { id: receipt.id, leafHash: receipt.leafHash } });
  const signed = signReport(sealed, issuer.lists.keys.get('report'));
  sendWithTurn(tx.client);
  await recordDisclosure(tx, {
    id: made.disclosureId,
    permit,
    kind: 'report',
    at,
    contracts,
    contentDigest: `sha256:${sealed.hash}`,
    receiptId: receipt.id,
  });
  return { ...signed, disclosureId: made.disclosureId };
}

/** When a report is made, and its names. */
type Made = { readonly at: Date; readonly number: string; readonly disclosureId: string };

/** The payload but for its receipt. */
function compose(
  issuer: ReportIssuer,
  { permit, enterprise, answers, isSynthetic, standings, statements }: Reading,
  { at, number }: Made,
): ReportPayload {
  const input: ReportInput = {
    number,
    issuedAt: at,
    asOf: permit.asOf.knownAt,
    purpose: permit.purpose === 'self' ? 'self' : 'public_report',
    nodeName: issuer.config.nodeName,
    verifyUrl: `${issuer.config.publicUrl}/verify/${number}`,
    isSynthetic,
    enterprise: { ...enterprise, uscc: enterprise.code, sizeClass: sizeLabel(enterprise.sizeClass) },
    datasets: answers.map((answer) => toDatasetInput(answer, { standings, statements })),
  };
  return composeReport(input, { labelOf: labelsOf(issuer), outline: issuer.outline });
}

function toDatasetInput(
  answer: DatasetAnswer,
  { standings, statements }: Pick<Reading, 'standings' | 'statements'>,
): DatasetInput {
  const { id, list, name, version, frequency } = answer.contract;
  const isVoluntary = list === 'voluntary';
  const isMasked = answer.fields.filter(({ masked }) => masked).map((field) => field.name);
  return {
    contract: { id, list, name, version, frequency, fields: printedFields(answer) },
    outcome: answer.outcome,
    records: answer.records.map((record) => ({
      ...record,
      ...(statements.has(record.recordId) && { statement: statements.get(record.recordId) ?? '' }),
      ...(isVoluntary &&
        standings !== undefined && {
          evidenceLevel: standings.get(record.recordId)?.level ?? 'L0',
          isStale: standings.get(record.recordId)?.isStale ?? false,
        }),
      isMasked,
    })),
    totalRecords: answer.totalRecords,
    lastDeliveryAt: answer.lastDeliveryAt,
    cutOff: answer.cutOff,
    evidenceLevel: isVoluntary ? (answer.contract.verification?.[0] ?? 'L0') : null,
    provider: answer.contract.provider,
  };
}

/** Readable fields; none where no record is printed, which is most datasets of most enterprises. */
function printedFields({ contract, fields, records }: DatasetAnswer): DatasetInput['contract']['fields'] {
  if (records.length === 0) return [];
  const readable = new Set(fields.map(({ name }) => name));
  return contract.fields.filter(({ name }) => readable.has(name));
}

function labelsOf(issuer: ReportIssuer): CodeLabel {
  return (table, code) =>
    issuer.lists.catalogue.codeTables.get(table)?.values.find((value) => value.code === code)?.name;
}

/** `XQ`, the Beijing date, and 40 bits of chance: printable, and not to be guessed from another. */
function reportNumber(at: Date): string {
  const chance = BigInt(`0x${randomBytes(5).toString('hex')}`)
    .toString(32)
    .toUpperCase()
    .padStart(8, '0');
  return `XQ${beijingDate(at).replaceAll('-', '')}-${chance}`;
}

/** A demonstration node certifies itself; a city puts its own certificate into the keys folder. */
async function loadPdf({
  lists,
  config,
}: Pick<ReportIssuer, 'lists' | 'config'>): Promise<{ compile: PdfCompiler; key: CertifiedKey }> {
  const { signer } = openCertificate({
    folder: config.keysFolder,
    key: lists.keys.get('pdf'),
    nodeName: config.nodeName,
    at: lists.clock.now(),
    mayCreate: config.databaseUrl === undefined,
  });
  const font = await openFont(config.packageFolder);
  return { compile: await openPdfCompiler(config.packageFolder, font), key: signer };
}
