import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { certificatesOf, openKeyStore, readEnv, rootsOf, shapeConfig } from '#kernel';
import { type PublicJwk, type ReportTrust, trustedKeys, verifyReportFile } from '#information';
import { openOutput } from '../output.ts';
import { addVerifyLog } from '../verify-log.ts';

type Options = { keys?: string; root?: string; json?: boolean };

/** Works without database and network: the file, the node's public keys, nothing else. */
export function addVerify(program: Command): void {
  const verify = program
    .command('verify')
    .description('离线验证报告文件（JSON、HTML、PDF）· verify a report file offline')
    .argument('<file>')
    .option('--keys <file>', 'public keys (JWKS) of the node that issued it; default: this node’s own')
    .option('--root <file>', 'root certificate (PEM) for PDF files')
    .option('--json', 'one JSON line')
    .action(async (file: string, options: Options) => {
      const output = openOutput(options.json === true);
      const verified = await verifyReportFile(readFileSync(file), trustFrom(options));
      const { cover } = verified.payload;
      const { form, kid, hash } = verified;
      output.answer(
        { verified: true, form, number: cover.number, issuedAt: cover.issuedAt, asOf: cover.asOf, kid, hash },
        () =>
          [
            `✓ 报告 ${cover.number} 未被改动（${form.toUpperCase()}）`,
            `  出具 ${cover.issuedAt}，截至 ${cover.asOf}，签名密钥 ${kid}`,
          ].join('\n'),
      );
    });
  addVerifyLog(verify);
}

function trustFrom(options: Options): ReportTrust {
  const { keysFolder } = shapeConfig(readEnv());
  const roots =
    options.root === undefined ? rootsOf(keysFolder) : certificatesOf(readFileSync(options.root, 'utf8'));
  if (options.keys !== undefined) {
    const jwks = JSON.parse(readFileSync(options.keys, 'utf8')) as { keys: PublicJwk[] };
    return { keys: trustedKeys(jwks.keys), roots };
  }
  return { keys: openKeyStore(keysFolder).all('report'), roots };
}
