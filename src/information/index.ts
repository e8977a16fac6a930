/**
 * 规范信用信息服务机制 (clause 8): what an asker gets to hold, in one standard form.
 * Composes the standard report from what was read under a Permit, signs it, prints it as JSON, HTML and PDF, and
 * verifies such files offline.
 */
export {
  type IssuedReport,
  type ReadStatements,
  issueReport,
  openReportIssuer,
  type ReportIssuer,
  type ReportRequest,
  toHtml,
  toJson,
  toPdf,
} from './issue-report.ts';
export { REPORT_CSP, renderHtml } from './report/html/html.ts';
export { html, type Markup, trusted } from './report/html/markup.ts';
export { renderJson } from './report/json.ts';
export { type Outline, readOutline } from './report/outline.ts';
export {
  composeReport,
  type DatasetInput,
  type RecordInput,
  RECORDS_PER_DATASET_MAX,
  type ReportContract,
  type ReportInput,
} from './report/payload.ts';
export { openPdfCompiler, type PdfCompiler } from './report/pdf/compile.ts';
export { type Font, openFont } from './report/pdf/font.ts';
export { type RenderedPdf, renderPdf } from './report/pdf/pdf.ts';
export { qrSvg } from './report/qr.ts';
export type { FiledStanding, ReadEvidence } from './read-evidence.ts';
export type { EvidenceLevel, Outcome, ReportPayload } from './report/shape.ts';
export {
  type PublicJwk,
  sealPayload,
  type SignedReport,
  type SigningKey,
  signReport,
  type TrustedKey,
  trustedKeys,
} from './report/sign.ts';
export { type CodeLabel, textOf } from './report/values.ts';
export { markText } from './report/words.ts';
export { signCades } from './report/pdf/cades.ts';
export { signPdf } from './report/pdf/sign-pdf.ts';
export { breakable, printable } from './report/text.ts';
export { type ReportTrust, type VerifiedReport, verifyReportFile } from './report/verify.ts';
export { answerBatch } from './batch/answer-line.ts';
export { BATCH_LIMITS } from './batch/batch-limits.ts';
export { answerFile, listQueryFiles, requireQueryFile } from './batch/fetch-query-file.ts';
export type { QueryFileContext } from './batch/file-pages.ts';
export { tooLarge } from './batch/read-query-file.ts';
export { receiveQueryFile, requireFileClient } from './batch/receive-query-file.ts';
export { requireNamed } from './batch/require-named.ts';
export { findOpenFiles, runDueFiles, runQueryFile } from './batch/run-query-file.ts';
export { sweepQueryFiles } from './batch/sweep-query-files.ts';
export { QUERY_RECORDS_MAX } from './query/answer.ts';
export { readQueryEvidence } from './query/evidence.ts';
export type { PersonGate } from './query/person-gate-shape.ts';
export type {
  AnsweredDataset,
  AskSources,
  QueryAnswer,
  QueryContext,
  QueryRequest,
  SourceAnswer,
} from './query/query-shape.ts';
export { type RunQuery, runQuery } from './query/run-query.ts';
export { loadVerificationRules, type VerificationRules } from './verification/load-rules.ts';
export type {
  ClaimAnswer,
  ClaimRequest,
  VerificationAnswer,
  VerificationContext,
  VerificationRequest,
} from './verification/verification-shape.ts';
export { verify } from './verification/verify.ts';
