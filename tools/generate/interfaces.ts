import { loadCatalogue } from '#lists';
import { loadSources } from '#platform';
import type { Operation } from '../../src/entry/http/interfaces/operations.ts';
import { generatedFrom, markdownTable } from './markdown.ts';
import { withApp } from './open-api.ts';

/** `docs/interfaces.md`: the register as a page, from the routes and the demonstration's source definitions. */
export async function writeInterfaces(root: string): Promise<string> {
  const operations = await withApp(root, (app) => app.listOperations());
  return `${[
    generatedFrom('the routes, src/entry/http/http-limits.ts and models/sources'),
    '# Interfaces 接口登记',
    'The running register, with states and dates, is `GET /api/v1/interfaces`; use and headroom of the sources are `GET /api/v1/source-figures`. Both are public. An end is announced at least 90 days before: [models/interfaces](../models/interfaces/README.md).',
    'Requests of a program count as its institution’s: all institutions share what the node carries, and when that is short each has an equal share. Everything else counts by address. Answers say what is left in `RateLimit` and `RateLimit-Policy`, refusals in `Retry-After` when to come again. Nothing is charged for.',
    '## Operations',
    markdownTable(
      ['operation', 'for', 'a minute', 'counted by', 'body bytes', 'records'],
      operations.map(rowOf),
    ),
    '## Source interfaces of the demonstration',
    'A city connects its own departments; see [models/sources](../models/sources/README.md).',
    markdownTable(
      ['source', 'contract', 'name', 'kind', 'frequency', 'a minute', 'a day', 'at once'],
      sourceRows(root),
    ),
  ].join('\n\n')}\n`;
}

function rowOf({ id, needsCaller, requestsPerMinute, countedBy, bodyBytesMax, recordsMax }: Operation) {
  const counted = { address: 'address', institution_share: 'share of all' };
  return [
    `\`${id}\``,
    needsCaller ? 'known callers' : 'anyone',
    requestsPerMinute ?? '',
    countedBy === null ? '' : counted[countedBy],
    bodyBytesMax ?? '',
    recordsMax ?? '',
  ];
}

function sourceRows(root: string) {
  const { contracts } = loadCatalogue([`${root}/lists`]);
  return loadSources([`${root}/models/sources`]).flatMap(({ id, kind, concurrencyMax, interfaces }) =>
    interfaces.map(({ contract, frequency, capacity }) => [
      id,
      `\`${contract}\``,
      contracts.get(contract)?.name ?? '',
      kind,
      frequency,
      capacity.perMinute,
      capacity.perDay,
      concurrencyMax,
    ]),
  );
}
