import { createHash } from 'node:crypto';
import { fingerprintText } from '../layout.ts';
import { qrSvg } from '../qr.ts';
import { reportRefusal } from '../report-refusals.ts';
import {
  type SignedReport,
  type SigningKey,
  signPage,
  type TrustedKey,
  verifyPage,
  verifyToken,
} from '../sign.ts';
import { type Markup, html, trusted } from './markup.ts';
import { cover, details, explanation, summary } from './sections.ts';
import { STYLE } from './style.ts';

const STYLE_SHA256 = createHash('sha256').update(STYLE).digest('base64');

/** Content security policy under which the page is served; it also says so itself for the saved file. */
export const REPORT_CSP = `default-src 'none'; style-src 'sha256-${STYLE_SHA256}'; base-uri 'none'; form-action 'none'`;

const TOKEN_OPEN = '<template id="xinqiao-token">';
const SIGNATURE_OPEN = '<template id="xinqiao-signature">';
const CLOSE = '</template>';

/**
 * The HTML form: one file without script or outside reference. It carries the token, and a signature over all its
 * bytes with the signature's own slot empty, so that any later release can check a page it would draw differently.
 */
export function renderHtml(report: SignedReport, key: SigningKey): string {
  const page = unsignedPage(report);
  const jws = signPage(page, report.payload.cover.number, key);
  return page.replace(SIGNATURE_OPEN + CLOSE, SIGNATURE_OPEN + jws + CLOSE);
}

/** Refuses a page unless its token holds and no byte of it differs from the signed one. */
export async function verifyHtml(
  page: string,
  trustedKeys: readonly TrustedKey[],
): Promise<SignedReport & { readonly kid: string }> {
  const token = slot(page, TOKEN_OPEN);
  const jws = slot(page, SIGNATURE_OPEN);
  const verified = await verifyToken(token, trustedKeys);
  const empty = page.replace(SIGNATURE_OPEN + jws + CLOSE, SIGNATURE_OPEN + CLOSE);
  verifyPage(empty, verified.payload.cover.number, { jws, trusted: trustedKeys });
  return verified;
}

/** What stands in a template element that must be there exactly once. */
function slot(page: string, open: string): string {
  const [, after, ...more] = page.split(open);
  const end = after?.indexOf(CLOSE) ?? -1;
  if (after === undefined || end < 0 || more.length > 0)
    throw reportRefusal('report.malformed', { part: open });
  return after.slice(0, end);
}

function unsignedPage({ payload, token, hash }: SignedReport): string {
  const { number, enterpriseName } = payload.cover;
  const title = `${payload.cover.title} ${enterpriseName} ${number}`;
  const page = html`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="Content-Security-Policy" content="${REPORT_CSP}"><title>${title}</title><style>${trusted(STYLE)}</style></head>
<body><main>
${cover(payload, trusted(qrSvg(payload.cover.verifyUrl)))}
${explanation(payload)}
${summary(payload)}
${details(payload)}
${footer(payload.receipt, hash)}
</main>${trusted(TOKEN_OPEN + token + CLOSE + SIGNATURE_OPEN + CLOSE)}</body></html>
`;
  return page.markup;
}

function footer(receipt: SignedReport['payload']['receipt'], hash: string): Markup {
  const receiptText = receipt === null ? null : html`<br>日志回执 ${receipt.id}，叶值 ${receipt.leafHash}`;
  return html`<footer>内容指纹（SHA-256 前 32 位）${fingerprintText(hash)}${receiptText}<br>本文件可离线核验：xinqiao verify 文件名</footer>`;
}
