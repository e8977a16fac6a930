import type { Contract } from '#lists';
import type { OwnItem, OwnPart, Words } from '../own-part.ts';

const MODE_WORDS: Readonly<Record<Contract['sharingModes'][number], Words>> = {
  replicated: { zh: '归集到节点', en: 'kept at the node' },
  at_source: { zh: '查询时向提供单位取', en: 'asked at its source when queried' },
  verify_only: { zh: '只核验，不提供内容', en: 'only compared, never shown' },
};
const CLASS_WORDS: Readonly<Record<Contract['disclosures'][number], Words>> = {
  public: { zh: '公开：任何人可见', en: 'public: anyone' },
  authorised: {
    zh: '授权：凭本企业授权的机构可见',
    en: 'authorised: institutions under the consent of the enterprise',
  },
  invisible: {
    zh: '可用不可见：只用于比对、分档和评分，内容不提供给他人',
    en: 'invisible: only for matches, bands and scores',
  },
  secret: { zh: '保密：任何时候不完整显示', en: 'secret: never whole, to nobody' },
};

/** 什么信息共享到哪里: of each dataset, its list, how it is shared and who may see which of its fields. */
export const sharingPart: OwnPart = {
  id: 'sharing',
  title: { zh: '什么信息由谁提供、谁可以看', en: 'What is shared where' },
  note: {
    zh: '现行目录的每个数据集：清单、提供单位、共享方式、各字段谁可以看、保存多久，以及本企业有几条记录。',
    en: 'Every dataset in force: list, provider, way of sharing, who may see which fields, how long it is kept, records there are.',
  },
  holdsRecords: false,
  read: async ({ datasets }) => {
    const answers = await datasets();
    return answers.map(({ contract, totalRecords, outcome }) => toItem(contract, { totalRecords, outcome }));
  },
};

function toItem(contract: Contract, found: { totalRecords: number; outcome: string }): OwnItem {
  const { id, name, version, list, provider, sharingModes, disclosures, retention, frequency } = contract;
  const fields = Object.groupBy(contract.fields, ({ disclosure }) => disclosure);
  const modes = sharingModes.map((mode) => MODE_WORDS[mode]);
  const classes = disclosures.map((one) => ({
    class: one,
    ...CLASS_WORDS[one],
    fields: (fields[one] ?? []).map(({ name: field, businessName }) => ({ name: field, zh: businessName })),
  }));
  return {
    id,
    at: null,
    receiptId: null,
    words: {
      zh: `${name}　${provider}　${modes.map(({ zh }) => zh).join('，')}　${disclosures.map((one) => CLASS_WORDS[one].zh).join('；')}　本企业 ${found.totalRecords} 条`,
      en: `${id}: ${modes.map(({ en }) => en).join(', ')}; ${found.totalRecords} records`,
    },
    facts: {
      contract: { id, name, version },
      list,
      provider,
      purpose: contract.purpose,
      basis: contract.duty,
      modes: sharingModes.map((code) => ({ code, ...MODE_WORDS[code] })),
      classes,
      frequency,
      retention,
      outcome: found.outcome,
      records: found.totalRecords,
    },
  };
}
