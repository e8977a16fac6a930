import assert from 'node:assert';
import { beijingDate, beijingTime } from '#kernel';
import { explain } from './explanation.ts';
import type { Outline } from './outline.ts';
import {
  type Cell,
  type Cover,
  type DatasetSection,
  type EvidenceLevel,
  type List,
  type ListSection,
  type Outcome,
  type Purpose,
  type RecordSection,
  type ReportPayload,
  STATEMENT,
} from './shape.ts';
import { summarise } from './summary.ts';
import { type CodeLabel, textOf, type ValueField } from './values.ts';
import {
  DEPARTMENT_EVIDENCE,
  EVIDENCE_LEVELS,
  frequencyText,
  KINDS,
  LIST_TITLES,
  markText,
  OUTCOME_SENTENCES,
  SYNTHETIC_NOTICE,
} from './words.ts';

/** Everything a report is made from; reading it, under a Permit, is the caller's part. */
export type ReportInput = {
  readonly number: string;
  readonly issuedAt: Date;
  readonly asOf: Date;
  readonly purpose: Purpose;
  readonly nodeName: string;
  /** Address behind the QR code; carries the report's number. */
  readonly verifyUrl: string;
  readonly isSynthetic: boolean;
  readonly enterprise: {
    readonly uscc: string | null;
    readonly name: string;
    readonly formerNames: readonly string[];
    readonly checksumOk: boolean;
    /** Chinese label of the size class; "规模未知" is a class. */
    readonly sizeClass: string;
  };
  readonly datasets: readonly DatasetInput[];
  readonly receipt?: { readonly id: string; readonly leafHash: string };
};

export type DatasetInput = {
  readonly contract: ReportContract;
  readonly outcome: Outcome;
  readonly records: readonly RecordInput[];
  /** Records that exist for this reader; at least those given. */
  readonly totalRecords: number;
  readonly lastDeliveryAt: Date | null;
  /** Date up to which the provider's data reach. */
  readonly cutOff: string | null;
  readonly evidenceLevel: EvidenceLevel | null;
  /** Who gave these very data: the contract's provider, or the department that stands in for it. */
  readonly provider: string;
};

export type RecordInput = {
  readonly recordId: string;
  /** Canonical text by field: dates `YYYY-MM-DD`, money integer fen, codes as codes. */
  readonly values: Readonly<Record<string, string | null>>;
  readonly knownFrom: Date;
  readonly marks: readonly string[];
  /** How well this record is proved, where that is kept. */
  readonly evidenceLevel?: EvidenceLevel;
  /** What the enterprise filed and has run out; its mark is not that of a record withheld for another reason. */
  readonly isStale?: boolean;
  /** 声明: what the enterprise says beside it. */
  readonly statement?: string;
  /** Fields whose value was masked before it came here. */
  readonly isMasked?: readonly string[];
};

/** The part of a data contract that a report needs. */
export type ReportContract = {
  readonly id: string;
  readonly list: List;
  readonly name: string;
  readonly version: string;
  readonly frequency: string;
  readonly fields: readonly ReportField[];
};

export type ReportField = ValueField & {
  readonly businessName: string;
  readonly disclosure: 'public' | 'authorised' | 'invisible' | 'secret';
};

/** Days within which a report is offered as current; a proposal, no article fixes it. */
const VALID_DAYS = 30;

/** Records printed for one dataset; more are counted and can be queried. */
export const RECORDS_PER_DATASET_MAX = 50;

/** Outcomes under which records may stand; under any other a record is a programmer's error. */
const SPEAKING = new Set<Outcome>(['ok', 'stale', 'under_objection']);

const LISTS = ['national', 'beijing', 'voluntary'] as const;

/**
 * Makes the payload of one report. Pure: the same input gives the same payload, byte for byte in canonical form.
 * A public report carries fields of class `public` alone, whatever the input holds.
 */
export function composeReport(
  input: ReportInput,
  by: { labelOf: CodeLabel; outline: Outline },
): ReportPayload {
  const details = LISTS.map((list) => listSection(list, input, by.labelOf)).filter(hasDatasets);
  const sections = details.flatMap((section) => section.datasets);
  const cover = coverOf(input);
  return {
    format: 'xinqiao.report/1',
    cover,
    explanation: explain(cover, sections),
    summary: summarise(sections, by.outline),
    details,
    receipt: input.receipt ?? null,
  };
}

function coverOf(input: ReportInput): Cover {
  const { enterprise } = input;
  return {
    title: '企业公共信用信息报告',
    kind: KINDS[input.purpose],
    number: input.number,
    enterpriseName: enterprise.name,
    formerNames: [...enterprise.formerNames],
    uscc: enterprise.uscc,
    usccNote: usccNote(enterprise),
    sizeClass: enterprise.sizeClass,
    issuedAt: instantText(input.issuedAt),
    asOf: instantText(input.asOf),
    validUntil: beijingDate(new Date(input.issuedAt.getTime() + VALID_DAYS * 86_400_000)),
    purpose: input.purpose,
    nodeName: input.nodeName,
    verifyUrl: input.verifyUrl,
    syntheticNotice: input.isSynthetic ? SYNTHETIC_NOTICE : null,
  };
}

function usccNote({ uscc, checksumOk }: { uscc: string | null; checksumOk: boolean }): string | null {
  if (uscc === null) return '登记信息中没有统一社会信用代码';
  return checksumOk ? null : '校验码与 GB 32100 不符，待登记机关核实';
}

function listSection(list: List, input: ReportInput, labelOf: CodeLabel): ListSection {
  const datasets = input.datasets
    .filter(({ contract }) => contract.list === list)
    .map((dataset) => datasetSection(dataset, input.purpose, labelOf));
  return { list, title: LIST_TITLES[list], datasets };
}

function hasDatasets(section: ListSection): boolean {
  return section.datasets.length > 0;
}

function datasetSection(dataset: DatasetInput, purpose: Purpose, labelOf: CodeLabel): DatasetSection {
  const { contract, totalRecords } = dataset;
  const outcome = dataset.outcome === 'ok' && totalRecords === 0 ? 'no_data' : dataset.outcome;
  assert.ok(
    SPEAKING.has(outcome) || dataset.records.length === 0,
    `${contract.id}: records under ${outcome}`,
  );
  assert.ok(totalRecords >= dataset.records.length, `${contract.id}: fewer in total than given`);
  const fields = contract.fields.filter((field) => purpose === 'self' || field.disclosure === 'public');
  const evidenceLevel = lowestLevel(dataset);
  const records = dataset.records
    .slice(0, RECORDS_PER_DATASET_MAX)
    .map((record) => recordSection(record, fields, labelOf));
  return {
    contract: contract.id,
    version: contract.version,
    name: contract.name,
    provider: dataset.provider,
    frequency: frequencyText(contract.frequency),
    outcome,
    sentence: OUTCOME_SENTENCES[outcome],
    updatedAt: dataset.lastDeliveryAt && instantText(dataset.lastDeliveryAt),
    cutOff: dataset.cutOff,
    evidenceLevel,
    evidence: evidenceLevel === null ? DEPARTMENT_EVIDENCE : EVIDENCE_LEVELS[evidenceLevel],
    totalRecords,
    moreRecords: totalRecords - records.length,
    records,
  };
}

/** A dataset is proved as well as the least proved of its records. */
function lowestLevel({ evidenceLevel, records }: DatasetInput): EvidenceLevel | null {
  const levels = records.flatMap((record) => record.evidenceLevel ?? []);
  return levels.toSorted()[0] ?? evidenceLevel;
}

/** Beside the values of the record, as marks are. */
function levelMark({ evidenceLevel }: RecordInput): RecordSection['marks'] {
  if (evidenceLevel === undefined) return [];
  return [{ mark: `evidence_${evidenceLevel}`, text: `证据 ${EVIDENCE_LEVELS[evidenceLevel]}` }];
}

/** Last, in the enterprise's own words. */
function statementMark({ statement }: RecordInput): RecordSection['marks'] {
  return statement === undefined ? [] : [{ mark: STATEMENT, text: `企业声明：${statement}` }];
}

/** What has run out is withheld from others by that alone, and is to be filed again rather than objected to. */
function standingMarks({
  marks,
  isStale = false,
}: Pick<RecordInput, 'marks' | 'isStale'>): RecordSection['marks'] {
  return marks
    .map((mark) => (isStale && mark === 'withheld' ? 'stale' : mark))
    .map((mark) => ({ mark, text: markText(mark) }));
}

function recordSection(
  record: RecordInput,
  fields: readonly ReportField[],
  labelOf: CodeLabel,
): RecordSection {
  return {
    recordId: record.recordId,
    knownFrom: instantText(record.knownFrom),
    marks: [...levelMark(record), ...standingMarks(record), ...statementMark(record)],
    cells: fields.flatMap((field) => cellOf(field, record, labelOf) ?? []),
  };
}

/** Undefined where the provider left the field empty. */
function cellOf(field: ReportField, record: RecordInput, labelOf: CodeLabel): Cell | undefined {
  const value = record.values[field.name] ?? null;
  if (value === null) return undefined;
  const currency = record.values[`${field.name}_currency`] ?? undefined;
  return {
    field: field.name,
    title: field.businessName,
    value,
    text: textOf(field, value, currency === undefined ? { labelOf } : { labelOf, currency }),
    isMasked: record.isMasked?.includes(field.name) ?? false,
  };
}

/** Beijing time with its offset, so that machines and people read the same. */
function instantText(at: Date): string {
  return `${beijingTime(at).replace(' ', 'T')}+08:00`;
}
