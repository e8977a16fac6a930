import { type KeyStore, openKeyStore } from '#kernel';
import { type PublicJwk, trustedKeys } from '#information';
import { type BundleTrust, verifyBundle } from '#rights';
import type { Output } from './output.ts';

/** A published key says what it is for. */
type UsedJwk = PublicJwk & { readonly use?: string };

/** Whether the file is an export of everything, and no report: a zip. */
export function isBundle(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 4) === 'PK\x03\x04';
}

/** Checks an export of everything about an enterprise, by the keys given or those of this node. */
export async function verifyEverything(
  bytes: Buffer,
  output: Output,
  from: { readonly jwks: readonly UsedJwk[] | undefined; readonly keysFolder: string },
): Promise<void> {
  const trust = from.jwks === undefined ? ownTrust(openKeyStore(from.keysFolder)) : trustOf(from.jwks);
  const { manifest, kid, files, receipts, inTree } = await verifyBundle(bytes, trust);
  const { export: exportId, issuedAt, asOf, enterprise } = manifest;
  output.answer(
    { verified: true, form: 'everything', export: exportId, issuedAt, asOf, kid, files, receipts, inTree },
    () =>
      [
        `✓ 导出 ${exportId}（${enterprise.name}）未被改动：${files} 个文件`,
        `  出具 ${issuedAt}，截至 ${asOf}，签名密钥 ${kid}`,
        `  ${receipts} 份回执成立，其中 ${inTree} 份已在日志中`,
      ].join('\n'),
  );
}

function ownTrust(keys: KeyStore): BundleTrust {
  return { report: keys.all('report'), receipt: keys.all('receipt'), log: keys.all('log') };
}

function trustOf(jwks: readonly UsedJwk[]): BundleTrust {
  const of = (use: string) => trustedKeys(jwks.filter((jwk) => jwk.use === use));
  return { report: of('report'), receipt: of('receipt'), log: of('log') };
}
