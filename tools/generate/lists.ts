import type { Catalogue, Contract } from '#lists';
import { generatedFrom, markdownTable } from './markdown.ts';

const LISTS = [
  ['national', '国家归集共享信用信息清单', '5'],
  ['beijing', '北京市归集共享信用信息清单', '6'],
  ['voluntary', '企业自愿注册信用信息清单', '7'],
] as const;

/** `docs/lists.md`: one line per dataset; everything else about it stands in its contract. */
export function writeLists(catalogue: Catalogue): string {
  const contracts = [...catalogue.contracts.values()];
  const sections = LISTS.flatMap(([list, title, clause]) => {
    const own = contracts.filter((contract) => contract.list === list);
    return [`## ${title} (clause ${clause}, ${own.length})`, listTable(own)];
  });
  const fields = contracts.reduce((sum, contract) => sum + contract.fields.length, 0);
  return `${[
    generatedFrom('lists/'),
    '# The three lists 三张清单',
    `${contracts.length} datasets, ${fields} fields, ${catalogue.codeTables.size} code tables. How a contract is written: [lists/README.md](../lists/README.md).`,
    '`proposal` counts the fields that rest on no law, standard or published schema yet.',
    ...sections,
  ].join('\n\n')}\n`;
}

function listTable(contracts: readonly Contract[]): string {
  return markdownTable(
    ['id', '名称', '数据提供单位', 'sharing', 'disclosure', 'frequency', 'natural key', 'fields', 'proposal'],
    contracts.map((contract) => [
      `[\`${contract.id}\`](../lists/${contract.list}/${contract.id}.odcs.yaml)`,
      contract.name,
      contract.provider,
      contract.sharingModes.join(', '),
      contract.disclosures.join(', '),
      contract.frequency,
      contract.naturalKey.map((name) => `\`${name}\``).join(', ') || 'one per enterprise',
      contract.fields.length,
      contract.fields.filter(({ source }) => source === 'proposal').length,
    ]),
  );
}
