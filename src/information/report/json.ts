import { reportRefusal } from './report-refusals.ts';
import { type SignedReport, type TrustedKey, verifyToken } from './sign.ts';

/**
 * The JSON form: the payload to read and the token to check, in canonical form (RFC 8785), so that it has one
 * spelling. The token alone is the same report as SD-JWT VC (`application/dc+sd-jwt`); nothing in its alphabet is to be
 * escaped.
 */
export function renderJson(report: SignedReport): string {
  const format = JSON.stringify(report.payload.format);
  return `{"format":${format},"report":${report.canonical},"token":"${report.token}"}`;
}

/** Refuses a JSON report unless the token holds and the rest of the file is exactly what the token says. */
export async function verifyJson(
  text: string,
  trusted: readonly TrustedKey[],
): Promise<SignedReport & { readonly kid: string }> {
  const token = tokenOf(text);
  const verified = await verifyToken(token, trusted);
  if (renderJson(verified) !== text) throw reportRefusal('report.content_changed', { part: 'JSON' });
  return verified;
}

function tokenOf(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw reportRefusal('report.malformed', { part: 'JSON' });
  }
  if (typeof value === 'object' && value !== null && 'token' in value && typeof value.token === 'string') {
    return value.token;
  }
  throw reportRefusal('report.unrecognised', {});
}
