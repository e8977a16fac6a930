import { createHash, type X509Certificate } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { reportRefusal } from '../report-refusals.ts';
import { type SignedReport, type TrustedKey, verifyToken } from '../sign.ts';
import { readCades } from './cades.ts';

/** Certificates between a signing certificate and its root; real chains have one or two. */
const CHAIN_LENGTH_MAX = 5;

/** Expanded bytes of the attached token; the largest report stays far below. */
const TOKEN_BYTES_MAX = 64 * 1024 * 1024;

type TrustedForPdf = {
  readonly keys: readonly TrustedKey[];
  readonly roots: readonly X509Certificate[];
};

/**
 * Checks a PDF report: the signature covers every byte of the file but its own, its digest and signature hold, its
 * certificate leads to a trusted root and was valid when the report was issued, and the attached token holds.
 */
export async function verifyPdf(
  pdf: Buffer,
  trusted: TrustedForPdf,
): Promise<SignedReport & { readonly kid: string }> {
  const { content, cms } = signedParts(pdf);
  const signature = readCades(cms);
  if (signature === undefined) throw reportRefusal('report.pdf_signature_wrong', { reason: 'CMS' });
  if (!createHash('sha256').update(content).digest().equals(signature.contentDigest)) {
    throw reportRefusal('report.pdf_changed', {});
  }
  if (!signature.holds) throw reportRefusal('report.pdf_signature_wrong', { reason: 'ECDSA' });
  requireTrusted(signature.certificate, signature.intermediates, trusted.roots);
  const verified = await verifyToken(attachedToken(pdf), trusted.keys);
  requireValidAt(signature.certificate, new Date(verified.payload.cover.issuedAt));
  return verified;
}

/** The bytes under the signature, and the signature, in the one spelling that we write. */
function signedParts(pdf: Buffer): { content: Buffer; cms: Buffer } {
  const text = pdf.toString('latin1');
  const ranges = [...text.matchAll(/\/ByteRange \[0 (\d{1,10}) (\d{1,10}) (\d{1,10})\]/g)];
  const range = ranges[0];
  if (range === undefined || ranges.length > 1) throw reportRefusal('report.pdf_unsigned', {});
  const [before = 0, after = 0, rest = 0] = range.slice(1).map(Number);
  if (after + rest !== pdf.length || before >= after) throw reportRefusal('report.pdf_extended', {});
  const slot = text.slice(before, after);
  const hex = /^<((?:[0-9a-f]{2})+)>$/.exec(slot)?.[1];
  if (hex === undefined) throw reportRefusal('report.pdf_signature_wrong', { reason: '/Contents' });
  const content = Buffer.concat([pdf.subarray(0, before), pdf.subarray(after)]);
  return { content, cms: withoutPadding(Buffer.from(hex, 'hex')) };
}

/** The one DER value at the start of the slot; what follows must be zeros. */
function withoutPadding(slot: Buffer): Buffer {
  const wide = slot[1] === 0x82 && slot.length > 4;
  const length = wide ? 4 + slot.readUInt16BE(2) : 0;
  if (length === 0 || length > slot.length || slot.subarray(length).some((byte) => byte !== 0)) {
    throw reportRefusal('report.pdf_signature_wrong', { reason: 'DER' });
  }
  return slot.subarray(0, length);
}

/** Every certificate in the file must be a step of the path to the root: none stands there unchecked. */
function requireTrusted(
  certificate: X509Certificate,
  intermediates: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): void {
  const chain = [certificate, ...intermediates];
  const isChained = chain.every((lower, i) => {
    const upper = chain[i + 1];
    return upper === undefined || (upper.ca && isIssuedBy(lower, upper));
  });
  const last = chain.at(-1) ?? certificate;
  const isRooted = roots.some((root) => root.ca && isIssuedBy(last, root));
  if (!isChained || !isRooted || chain.length > CHAIN_LENGTH_MAX) {
    throw reportRefusal('report.pdf_certificate_untrusted', {
      subject: certificate.subject.replace(/\n/g, ', '),
    });
  }
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function requireValidAt(certificate: X509Certificate, at: Date): void {
  if (at < certificate.validFromDate || at > certificate.validToDate) {
    throw reportRefusal('report.pdf_signature_wrong', {
      reason: 'certificate not valid at the time of issue',
    });
  }
}

/** The embedded file that the compiler wrote. The signature has been checked before, so its form is ours. */
function attachedToken(pdf: Buffer): string {
  const object = pdf.indexOf('/Type /EmbeddedFile');
  const start = pdf.indexOf('stream\n', object) + 'stream\n'.length;
  const end = pdf.indexOf('endstream', start);
  if (object < 0 || end < 0) throw reportRefusal('report.malformed', { part: 'report.sd-jwt' });
  try {
    return inflateSync(pdf.subarray(start, end), { maxOutputLength: TOKEN_BYTES_MAX }).toString('latin1');
  } catch {
    throw reportRefusal('report.malformed', { part: 'report.sd-jwt' });
  }
}
