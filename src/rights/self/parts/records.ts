import { markText, textOf } from '#information';
import type { Contract, DatasetAnswer, RecordVersion } from '#lists';
import { readStaleRecords } from '../../voluntary/items/item-store.ts';
import type { OwnItem, OwnPart, OwnReading, Words } from '../own-part.ts';

const LIST_WORDS: Readonly<Record<Contract['list'], Words>> = {
  national: { zh: '国家清单', en: 'national list' },
  beijing: { zh: '北京市清单', en: 'Beijing list' },
  voluntary: { zh: '自愿注册清单', en: 'voluntary list' },
};

/** Under these a record is absent for everyone else (marks of the module lists). */
const HIDING: ReadonlySet<string> = new Set(['withheld', 'repaired', 'annulled', 'declined']);

/** 全部记录: what departments and institutions delivered, what others do not see included. */
export const recordsPart: OwnPart = {
  id: 'records',
  title: { zh: '归集的记录', en: 'Records collected' },
  note: {
    zh: '部门和机构归集到节点的全部记录，含他人不可见的、暂停展示的、已修复的；每条注明来源、时间、清单和目录版本。',
    en: 'Every record delivered to the node, those that others do not see included, with source, time, list and version.',
  },
  holdsRecords: true,
  read: (reading) => readRecords(reading, (list) => list !== 'voluntary'),
};

/** 自愿填报. */
export const voluntaryPart: OwnPart = {
  id: 'voluntary',
  title: { zh: '自愿填报的信息', en: 'Voluntary items' },
  note: {
    zh: '本企业自愿填报、现仍有效的信息；可随时撤回。',
    en: 'What the enterprise filed itself and has not withdrawn.',
  },
  holdsRecords: true,
  read: (reading) => readRecords(reading, (list) => list === 'voluntary'),
};

async function readRecords(
  reading: OwnReading,
  isWanted: (list: Contract['list']) => boolean,
): Promise<OwnItem[]> {
  const answers = (await reading.datasets()).filter(({ contract }) => isWanted(contract.list));
  const stale = answers.some(({ contract }) => contract.list === 'voluntary')
    ? await readStaleRecords(reading.tx, reading.permit.subject)
    : new Set<string>();
  return answers.flatMap((answer) =>
    answer.records.map((record) => toItem(reading, { answer, record, stale })),
  );
}

type Shown = {
  readonly answer: DatasetAnswer;
  readonly record: RecordVersion;
  /** Records that ran out; they are withheld by that alone. */
  readonly stale: ReadonlySet<string>;
};

function toItem({ context }: OwnReading, { answer, record, stale }: Shown): OwnItem {
  const { contract, fields } = answer;
  const { id, name, version, hash, list, provider, disclosures } = contract;
  const isHidden = record.marks.some((mark) => HIDING.has(mark));
  const isStale = stale.has(record.recordId);
  const marks = record.marks.map((mark) => (isStale && mark === 'withheld' ? 'stale' : mark));
  return {
    id: `${id}~${record.recordId}`,
    at: record.knownFrom,
    words: sayRecord(context.catalogue.codeTables, { contract, record: { ...record, marks }, isHidden }),
    receiptId: null,
    facts: {
      record: record.recordId,
      contract: { id, name, version, hash, disclosures },
      list: { id: list, ...LIST_WORDS[list] },
      source: provider,
      happened: contract.businessTime === undefined ? null : (record.values[contract.businessTime] ?? null),
      knownFrom: record.knownFrom,
      values: record.values,
      original: record.original,
      masked: fields.filter(({ masked }) => masked).map((field) => field.name),
      marks,
      seenByOthers: !isHidden,
    },
  };
}

type Said = {
  readonly contract: Contract;
  readonly record: RecordVersion;
  readonly isHidden: boolean;
};
type CodeTables = OwnReading['context']['catalogue']['codeTables'];

function sayRecord(codeTables: CodeTables, { contract, record, isHidden }: Said): Words {
  const labelOf = (table: string, code: string): string | undefined =>
    codeTables.get(table)?.values.find((value) => value.code === code)?.name;
  const values = contract.fields.flatMap((field) => {
    const value = record.values[field.name] ?? null;
    if (value === null || value === '') return [];
    const currency = record.values[`${field.name}_currency`];
    const of = currency == null ? { labelOf } : { labelOf, currency };
    return [`${field.businessName}：${textOf(field, value, of)}`];
  });
  const marks = record.marks.map((mark) => `【${markText(mark)}】`).join('');
  const hidden = isHidden ? '【他人不可见】' : '';
  return {
    zh: `${contract.name}${marks}${hidden}　${values.join('；')}　来源 ${contract.provider}，目录 ${contract.id} ${contract.version}`,
    en: `${contract.id} ${contract.version}, ${record.recordId}${isHidden ? ', not seen by others' : ''}`,
  };
}
