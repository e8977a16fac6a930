import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RefusalText } from '#kernel';
import type { Catalogue, Contract } from '#lists';
import { MODULES } from '../../tests/architecture/rules.ts';
import { CLAUSES, clausesOf } from './clauses.ts';
import { generatedFrom, markdownTable } from './markdown.ts';

type Sources = {
  readonly root: string;
  readonly catalogue: Catalogue;
  readonly grounds: ReadonlyMap<string, RefusalText>;
};
type Header = { readonly module: string; readonly headline: string; readonly sentences: string };

/** `docs/policy-map.md`: from the policy's clause to the module, the lists and the grounds of refusal that carry it. */
export function writePolicyMap({ root, catalogue, grounds }: Sources): string {
  const headers = MODULES.map((module) => readHeader(root, module));
  const contracts = [...catalogue.contracts.values()];
  const clauses = [...CLAUSES].map(([clause, title]) => [
    `${clause} ${title}`,
    headers
      .filter(({ headline }) => clausesOf(headline).includes(clause))
      .map(({ module }) => `\`src/${module}\``)
      .join(', ') || 'nothing yet',
    countLists(contracts, clause),
    [...grounds]
      .filter(([, ground]) => ground.clause === clause)
      .map(([id]) => `\`${id}\``)
      .join(', '),
  ]);
  return `${[
    generatedFrom('the headers of src/*/index.ts, lists/ and policies/'),
    '# Policy map 条款对照',
    'From the policy to the code. A clause without a module has nothing in the tree yet.',
    '## By clause',
    markdownTable(['clause', 'module', 'datasets', 'grounds of refusal'], clauses),
    '## By module',
    'A module imports the entries of modules above it and nothing else.',
    markdownTable(
      ['module', 'clause', 'what it does'],
      headers.map(({ module, headline, sentences }) => [`\`src/${module}\``, headline, sentences]),
    ),
  ].join('\n\n')}\n`;
}

function countLists(contracts: readonly Contract[], clause: string): string {
  const own = contracts.filter((contract) => contract.clause === clause);
  if (own.length === 0) return '';
  const fields = own.reduce((sum, contract) => sum + contract.fields.length, 0);
  return `${own.length} datasets, ${fields} fields in \`lists/${own[0]?.list}\``;
}

/** The first line of an entry's header is its clause and Chinese title, the rest says what the module does. */
function readHeader(root: string, module: string): Header {
  const text = readFileSync(join(root, 'src', module, 'index.ts'), 'utf8');
  const [headline, ...rest] = (/^\/\*\*\n([\s\S]*?)\n \*\//.exec(text)?.[1] ?? '')
    .split('\n')
    .map((line) => line.replace(/^ \* ?/, ''));
  if (headline === undefined || rest.length === 0) throw new TypeError(`src/${module}/index.ts: no header`);
  return { module, headline: headline.replace(/[。.:：]$/, ''), sentences: rest.join(' ') };
}
