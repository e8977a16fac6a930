import type { X509Certificate } from 'node:crypto';
import { verifyHtml } from './html/html.ts';
import { verifyJson } from './json.ts';
import { verifyPdf } from './pdf/verify-pdf.ts';
import { reportRefusal } from './report-refusals.ts';
import type { ReportPayload } from './shape.ts';
import { type TrustedKey, verifyToken } from './sign.ts';

/** What a verifier trusts: the public keys of nodes, and the roots of their PDF certificates. */
export type ReportTrust = {
  readonly keys: readonly TrustedKey[];
  readonly roots: readonly X509Certificate[];
};

type ReportForm = 'token' | 'json' | 'html' | 'pdf';

export type VerifiedReport = {
  readonly form: ReportForm;
  readonly payload: ReportPayload;
  /** Key that signed the payload. */
  readonly kid: string;
  /** SHA-256 of the canonical payload, hex; the same for all forms of one report. */
  readonly hash: string;
};

/** Bytes of a file that are looked at; reports are far smaller. */
const FILE_BYTES_MAX = 128 * 1024 * 1024;

/**
 * Verifies a report file offline, whatever its form. Returns only when no byte of the file differs from what was
 * issued; otherwise throws the refusal (`report.…`) that says what is wrong.
 */
export async function verifyReportFile(bytes: Buffer, trust: ReportTrust): Promise<VerifiedReport> {
  if (bytes.length > FILE_BYTES_MAX) throw reportRefusal('report.unrecognised', {});
  const form = formOf(bytes);
  const { payload, kid, hash } = await verifiers[form](bytes, trust);
  return { form, payload, kid, hash };
}

const verifiers = {
  token: (bytes: Buffer, { keys }: ReportTrust) => verifyToken(exactText(bytes), keys),
  json: (bytes: Buffer, { keys }: ReportTrust) => verifyJson(exactText(bytes), keys),
  html: (bytes: Buffer, { keys }: ReportTrust) => verifyHtml(exactText(bytes), keys),
  pdf: (bytes: Buffer, trust: ReportTrust) => verifyPdf(bytes, trust),
};

function formOf(bytes: Buffer): ReportForm {
  const start = bytes.toString('latin1', 0, 16).toLowerCase();
  if (start.startsWith('%pdf-')) return 'pdf';
  if (start.startsWith('<!doctype html>')) return 'html';
  if (start.startsWith('{')) return 'json';
  if (start.startsWith('ey')) return 'token';
  throw reportRefusal('report.unrecognised', {});
}

/** Text whose UTF-8 is exactly these bytes: a byte that does not decode is not silently replaced, a BOM not dropped. */
function exactText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!Buffer.from(text).equals(bytes)) throw reportRefusal('report.malformed', { part: 'UTF-8' });
  return text;
}
