import type { Command } from 'commander';
import { certificatesOf, openKeyStore, readEnv, rootsOf, shapeConfig } from '#kernel';
import { type PublicJwk, type ReportTrust, trustedKeys, verifyReportFile } from '#information';
import { openOutput } from '../output.ts';
import { isBundle, verifyEverything } from '../verify-everything.ts';
import { addVerifyLog } from '../verify-log.ts';
import { readGivenFile, readGivenText } from '../read-given-file.ts';

type Options = { keys?: string; root?: string; json?: boolean };

/** Works without database and network: the file, the node's public keys, nothing else. */
export function addVerify(program: Command): void {
  const verify = program
    .command('verify')
    .description(
      '离线验证报告（JSON、HTML、PDF）和企业全部信息导出（zip）· verify a report, or an export of everything, offline',
    )
    .argument('<file>')
    .option('--keys <file>', 'public keys (JWKS) of the node that issued it; default: this node’s own')
    .option('--root <file>', 'root certificate (PEM) for PDF files')
    .option('--json', 'one JSON line')
    .action(async (file: string, options: Options) => {
      const output = openOutput(options.json === true);
      const bytes = readGivenFile(file);
      if (isBundle(bytes)) return await verifyEverything(bytes, output, bundleTrustFrom(options));
      const verified = await verifyReportFile(bytes, trustFrom(options));
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
    options.root === undefined ? rootsOf(keysFolder) : certificatesOf(readGivenText(options.root));
  if (options.keys !== undefined) {
    return { keys: trustedKeys(readJwks(options.keys)), roots };
  }
  return { keys: openKeyStore(keysFolder).all('report'), roots };
}

function bundleTrustFrom({ keys }: Options): { jwks: readonly PublicJwk[] | undefined; keysFolder: string } {
  const { keysFolder } = shapeConfig(readEnv());
  return { jwks: keys === undefined ? undefined : readJwks(keys), keysFolder };
}

function readJwks(file: string): PublicJwk[] {
  return (JSON.parse(readGivenText(file)) as { keys: PublicJwk[] }).keys;
}
