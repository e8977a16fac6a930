import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { listRefusals, type RefusalText } from '#kernel';
import { DEFECTS } from '../../src/lists/check/defects.ts';
import { generatedFrom, markdownTable } from './markdown.ts';

type Sources = { readonly root: string; readonly grounds: ReadonlyMap<string, RefusalText> };

/**
 * `docs/errors.md`: every refusal and every defect, as people and machines see them.
 * Refusals stand in files named `*-refusals.ts`; importing them declares their codes.
 */
export async function writeErrors({ root, grounds }: Sources): Promise<string> {
  for (const file of globSync('src/**/*-refusals.ts', { cwd: root }).sort()) {
    await import(pathToFileURL(resolve(root, file)).href);
  }
  const refusals = [...listRefusals()].sort(([a], [b]) => (a < b ? -1 : 1));
  const policy = [...grounds].map(([id, text]) => [`policy.${id}`, text] as const);
  return `${[
    generatedFrom('src/**/*-refusals.ts, policies/grounds.cedar and src/lists/check/defects.ts'),
    '# Errors 错误代码',
    'A refusal is `{code, clause, message: {zh, en}, remedy: {zh, en}}` under its HTTP status; words in braces are filled in. Codes are never reused.',
    '## Grounds of the access policy',
    'The first that applies is named, in this order.',
    refusalTable(policy),
    '## Refusals',
    refusalTable(refusals),
    '## Defects of rows',
    'What a receipt or a quarantine file says of a row. `block` sends the row to quarantine, `warn` counts it and keeps the row.',
    markdownTable(
      ['code', 'dimension', 'effect', '中文', 'English'],
      Object.entries(DEFECTS).map(([code, { dimension, severity, zh, en }]) => [
        `\`${code}\``,
        dimension,
        severity,
        zh,
        en,
      ]),
    ),
  ].join('\n\n')}\n`;
}

function refusalTable(refusals: readonly (readonly [string, RefusalText])[]): string {
  return markdownTable(
    ['code', 'status', 'clause', '中文', '如何处理', 'English', 'remedy'],
    refusals.map(([code, text]) => [
      `\`${code}\``,
      text.status,
      text.clause,
      text.zh,
      text.remedyZh,
      text.en,
      text.remedyEn,
    ]),
  );
}
