/**
 * The report's payload, `xinqiao.report/1`: the only source of JSON, HTML and PDF.
 * Sections follow 《公共信用信息报告标准（2022年版）》: 封面, 报告说明, 概述, 详情.
 * Times are Beijing time with offset (`2026-03-02T09:30:00+08:00`), dates `YYYY-MM-DD`.
 */
export type ReportPayload = {
  readonly format: 'xinqiao.report/1';
  readonly cover: Cover;
  readonly explanation: readonly Explanation[];
  readonly summary: Summary;
  /** 国家清单, 北京市清单, 企业自愿注册清单, in this order; a list without datasets is absent. */
  readonly details: readonly ListSection[];
  readonly receipt: { readonly id: string; readonly leafHash: string } | null;
};

export type Cover = {
  readonly title: string;
  readonly kind: string;
  readonly number: string;
  readonly enterpriseName: string;
  readonly formerNames: readonly string[];
  readonly uscc: string | null;
  /** Said beside the code when it is missing or its check character is wrong. */
  readonly usccNote: string | null;
  readonly sizeClass: string;
  readonly issuedAt: string;
  readonly asOf: string;
  readonly validUntil: string;
  readonly purpose: Purpose;
  readonly nodeName: string;
  readonly verifyUrl: string;
  /** Present when any of the data is synthetic; printed on every page. */
  readonly syntheticNotice: string | null;
};

export type Explanation = { readonly title: string; readonly text: string };

export type Summary = {
  readonly basic: BasicInformation | null;
  readonly counts: {
    readonly datasets: number;
    readonly datasetsWithRecords: number;
    readonly datasetsWithoutRecords: number;
    readonly datasetsNotAnswered: number;
    readonly records: number;
    readonly disputed: number;
  };
  readonly adverse: Highlights;
  readonly positive: Highlights;
};

export type BasicInformation = {
  readonly contract: string;
  readonly name: string;
  readonly provider: string;
  readonly cells: readonly Cell[];
};

/** What a group of datasets says at a glance; `notAnswered` keeps silence from looking like a clean record. */
export type Highlights = {
  readonly found: readonly { readonly contract: string; readonly name: string; readonly records: number }[];
  readonly withoutRecords: number;
  readonly notAnswered: readonly string[];
};

export type ListSection = {
  readonly list: List;
  readonly title: string;
  readonly datasets: readonly DatasetSection[];
};

export type DatasetSection = {
  readonly contract: string;
  readonly version: string;
  readonly name: string;
  readonly provider: string;
  readonly frequency: string;
  readonly outcome: Outcome;
  /** The outcome as a sentence for people. */
  readonly sentence: string;
  readonly updatedAt: string | null;
  readonly cutOff: string | null;
  readonly evidenceLevel: EvidenceLevel | null;
  readonly evidence: string;
  readonly totalRecords: number;
  /** Records that exist beyond those printed here. */
  readonly moreRecords: number;
  readonly records: readonly RecordSection[];
};

export type RecordSection = {
  readonly recordId: string;
  readonly knownFrom: string;
  readonly marks: readonly Mark[];
  /** Fields that the provider filled; one that is missing here was left empty. */
  readonly cells: readonly Cell[];
};

/** The mark under which the enterprise's own words stand beside a record (声明). */
export const STATEMENT = 'statement';

/** 标注, as the node keeps it and as people read it. */
export type Mark = { readonly mark: string; readonly text: string };

/** One value: canonical for machines, as text for people. */
export type Cell = {
  readonly field: string;
  readonly title: string;
  readonly value: string | null;
  readonly text: string;
  readonly isMasked: boolean;
};

export type List = 'national' | 'beijing' | 'voluntary';
export type Purpose = 'public_report' | 'self';
export type EvidenceLevel = 'L0' | 'L1' | 'L2' | 'L3';
export type Outcome =
  | 'ok'
  | 'denied'
  | 'no_data'
  | 'not_covered'
  | 'not_connected'
  | 'source_down'
  | 'stale'
  | 'under_objection';
